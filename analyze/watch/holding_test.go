package watch_test

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/process"
	"github.com/logcap/logcap/analyze/recording"
	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/internal/missing"
)

// hello is the line that a program of testdata prints.
type hello struct {
	Addr string `json:"addr"`
	PID  int    `json:"pid"`
}

// startProgram builds and starts a program of testdata; it ends with the test.
func startProgram(t *testing.T, path string, args ...string) hello {
	t.Helper()
	binary := filepath.Join(t.TempDir(), filepath.Base(path))
	build := exec.Command("go", "build", "-o", binary, "./"+path)
	build.Dir = filepath.Join("..", "..", "testdata")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(binary, args...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt) // it ends its child too
		_ = c.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var h hello
	if err := json.Unmarshal(line, &h); err != nil {
		t.Fatalf("%q: %v", line, err)
	}
	return h
}

// A program that makes a client for each call, with a server in another
// process: the recording of its goroutines and of what it holds gives the
// sentence, and the limit that is measured.
func TestClientPerCallHoldsADescriptorEachTime(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux")
	t.Parallel()
	h := startProgram(t, "leaky/client-per-call", "-variant", "remote", "-leak-rate", "600", "-seed", "4")
	address, err := scrape.Parse(h.Addr)
	if err != nil {
		t.Fatal(err)
	}
	client, err := scrape.New(address, scrape.Options{Force: true})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	p, err := process.Open(h.PID)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	dir := filepath.Join(t.TempDir(), "rec")
	w, err := recording.Create(dir, address.Target())
	if err != nil {
		t.Fatal(err)
	}
	for range 26 {
		keep(t, w, client.Scrape(t.Context(), recording.Goroutine).Scrape)
		keep(t, w, usageScrape(t, p))
		time.Sleep(450 * time.Millisecond)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	subjects, err := watch.Load([]string{dir}, watch.From{})
	if err != nil {
		t.Fatal(err)
	}
	a := analyze.Detect(subjects[0].History, analyze.DefaultThresholds())
	var said []string
	for _, f := range a.Findings {
		for _, e := range f.Evidence {
			if strings.HasPrefix(e.Text, "each time ") && f.Mechanism == analyze.ClientPerCall {
				said = append(said, e.Text)
			}
		}
	}
	t.Logf("%q, limits %+v", said, a.Impact.Limits)
	if len(said) != 1 || !strings.HasPrefix(said[0], "each time 2 goroutines and 1 descriptor to 127.0.0.1:") || !strings.Contains(said[0], " (tcp): ") {
		t.Errorf("%q\n%+v", said, a.Findings)
	}
	if a.Impact.Descriptors == nil || *a.Impact.Descriptors < 24 || a.Window.Scrapes["process"] != 26 {
		t.Errorf("impact %+v, scrapes %v", a.Impact, a.Window.Scrapes)
	}
}

func keep(t *testing.T, w *recording.Writer, s recording.Scrape) {
	t.Helper()
	if s.Err != "" {
		t.Fatal(s.Err)
	}
	if _, err := w.Append(s); err != nil {
		t.Fatal(err)
	}
}

func usageScrape(t *testing.T, p *process.Process) recording.Scrape {
	t.Helper()
	began := time.Now()
	u, err := p.Usage(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	body, err := u.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return recording.Scrape{Kind: recording.Process, Time: began, Took: time.Since(began), Body: body}
}
