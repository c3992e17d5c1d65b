package watch_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/inspect"
	"github.com/logcap/logcap/analyze/recording"
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
	t.Parallel()
	h := startProgram(t, "leaky/client-per-call", "-variant", "remote", "-leak-rate", "600", "-seed", "4")
	asker, err := inspect.Open(h.PID, inspect.Options{})
	if err != nil {
		if strings.Contains(err.Error(), "may not be read") {
			missing.Part(t, missing.Root, err.Error())
		}
		t.Fatal(err)
	}
	defer asker.Close()
	dir := filepath.Join(t.TempDir(), "rec")
	w, err := recording.Create(dir, recording.Target{Name: "pid:1", Kind: "pid", PID: h.PID})
	if err != nil {
		t.Fatal(err)
	}
	for range 26 {
		// It stands still for both readings: on a busy machine they lie apart.
		signal(t, h.PID, syscall.SIGSTOP)
		keep(t, w, asker.Scrape(t.Context(), recording.Goroutine).Scrape)
		keep(t, w, asker.Scrape(t.Context(), recording.Process).Scrape)
		signal(t, h.PID, syscall.SIGCONT)
		time.Sleep(450 * time.Millisecond)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	subjects, err := watch.Load([]string{dir}, nil)
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

func signal(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		t.Fatal(err)
	}
}
