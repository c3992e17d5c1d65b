//go:build unix

package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/admin"
	"github.com/logcap/logcap/internal/faults"
	"github.com/logcap/logcap/internal/standin"
)

// soon is within what /health has to tell what is wrong, and a second for a busy machine.
const soon = 11 * time.Second

// asked is a collector whose /health a test asks.
type asked struct {
	*running
	dir, state string
}

func startAsked(t *testing.T, edit func(*exec.Cmd), args ...string) *asked {
	t.Helper()
	a := &asked{dir: t.TempDir()}
	a.state = filepath.Join(a.dir, "state")
	a.running = startLogcap(t, func(c *exec.Cmd) {
		c.Dir = a.dir
		if edit != nil {
			edit(c)
		}
	}, append(args, "--state", a.state)...)
	eventually(t, "a collector that is ready", func() bool { code, _ := a.health("--ready"); return code == 0 })
	return a
}

// health is what `logcap capture health` says.
func (a *asked) health(args ...string) (code int, text string) {
	cmd := exec.Command(a.cmd.Path, append([]string{"capture", "health", "--state", a.state}, args...)...)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		a.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// page is the answer of the endpoint itself.
func (a *asked) page(into any) {
	a.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", filepath.Join(a.state, adminSocket))
	}}}
	resp, err := client.Get("http://x/health")
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		a.t.Fatal(err)
	}
}

// says waits until health says something, or no longer than it may take.
func (a *asked) says(want string, code int, most time.Duration) {
	a.t.Helper()
	began := time.Now()
	for {
		got, text := a.health()
		if got == code && strings.Contains(text, want) {
			a.t.Logf("%q after %v", want, time.Since(began).Round(10*time.Millisecond))
			return
		}
		if time.Since(began) > most {
			a.t.Fatalf("not within %v: %q; it says %d, %s\n%s", most, want, got, text, a.err.String())
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// A destination that is not there, and one that takes requests and does not answer.
func TestHealthOfSinks(t *testing.T) {
	t.Parallel()
	j := faults.NewJudge()
	recv, err := faults.NewReceiver(j)
	if err != nil {
		t.Fatal(err)
	}
	defer recv.Close()
	a := startAsked(t, nil, "capture", "a.log", "--to", "http="+recv.URL(), "--to", "null", "--drain-timeout", "1s")
	log := filepath.Join(a.dir, "a.log")
	write(t, log, "one\n")
	eventually(t, "a record", func() bool { var h admin.Health; a.page(&h); return h.Sinks[0].Delivered == 1 })
	a.says("ok\n", 0, soon)
	for _, fault := range []struct {
		mode faults.Fault
		want string
	}{{faults.Down, "sink http: "}, {faults.Late, "sink http answer: write to sink http: no answer for more than 5s"}} {
		if err := recv.Fail(fault.mode); err != nil {
			t.Fatal(err)
		}
		write(t, log, "two\n")
		a.says(fault.want, 1, soon)
		var h admin.Health
		a.page(&h)
		if h.Sinks[0].Status != "degraded" || h.Sinks[1].Status != "ok" || h.Sources[0].Status != "ok" || h.Sinks[0].Queued != 1 {
			t.Errorf("%+v", h)
		}
		if err := recv.Fail(faults.Well); err != nil {
			t.Fatal(err)
		}
		a.says("ok\n", 0, 40*time.Second) // the next try, or the end of a request, is up to 30 s away
	}
	if code, _ := a.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, a.err.String())
	}
}

// asNobody makes the collector a user who may not read everything.
func asNobody(t *testing.T) func(*exec.Cmd) {
	if os.Getuid() != 0 {
		return nil
	}
	return func(c *exec.Cmd) {
		bin := filepath.Join(c.Dir, "logcap")
		for _, err := range []error{os.Link(c.Path, bin), os.Chmod(c.Dir, 0o777), os.Chmod(filepath.Dir(c.Dir), 0o755)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		c.Path = bin
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
}

// A directory that may not be read is told as that, with a next step that helps. Where it could
// not be watched either, that is over with it. What is gone is told, and what comes back.
func TestHealthOfDirectories(t *testing.T) {
	t.Parallel()
	a := startAsked(t, asNobody(t), "capture", "in/**/*.log", "one.log", "--to", "null")
	in, one := filepath.Join(a.dir, "in"), filepath.Join(a.dir, "one.log")
	write(t, one, "one\n")
	if err := os.MkdirAll(filepath.Join(in, "open"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(in, "open", "a.log"), "one\n")
	a.says("ok\n", 0, soon)
	shut := filepath.Join(in, "shut")
	if err := os.Mkdir(shut, 0o000); err != nil {
		t.Fatal(err)
	}
	a.says("directory "+shut+": read "+shut+": permission denied", 1, soon)
	if text := a.err.String(); strings.Contains(text, "fs.inotify") {
		t.Errorf("no sysctl gives the right to read a directory:\n%s", text)
	}
	if err := os.Chmod(shut, 0o755); err != nil {
		t.Fatal(err)
	}
	a.says("ok\n", 0, soon)
	for _, gone := range []struct{ path, subject string }{{one, "path one.log"}, {in, "path in/**/*.log"}} {
		away := filepath.Join(a.dir, "away")
		if err := os.Rename(gone.path, away); err != nil {
			t.Fatal(err)
		}
		a.says(gone.subject+": read ", 1, soon)
		if err := os.Rename(away, gone.path); err != nil {
			t.Fatal(err)
		}
		a.says("ok\n", 0, soon)
	}
	if code, _ := a.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, a.err.String())
	}
}

// A file that may not be read, and then may.
func TestHealthOfFiles(t *testing.T) {
	t.Parallel()
	a := startAsked(t, asNobody(t), "capture", "*.log", "--to", "null")
	a.says("no such file", 1, soon)
	closed := filepath.Join(a.dir, "closed") // it gets its name when it may not be read any more
	write(t, filepath.Join(a.dir, "open.log"), "one\n")
	write(t, closed, "one\n")
	if err := os.Chmod(closed, 0o000); err != nil {
		t.Fatal(err)
	}
	a.says("ok\n", 0, soon)
	write(t, filepath.Join(a.dir, "open.log"), "two\n")
	if err := os.Rename(closed, filepath.Join(a.dir, "shut.log")); err != nil {
		t.Fatal(err)
	}
	a.says("shut.log: permission denied", 1, soon)
	var h admin.Health
	a.page(&h)
	if h.Sources[0].Status != "degraded" || h.Sinks[0].Status != "ok" {
		t.Errorf("%+v", h)
	}
	if err := os.Chmod(filepath.Join(a.dir, "shut.log"), 0o644); err != nil {
		t.Fatal(err)
	}
	a.says("ok\n", 0, soon)
}

// A stream that gives nothing although its log has more, and an engine that answers nothing at all.
func TestHealthOfContainers(t *testing.T) {
	t.Parallel()
	e, err := standin.New(standin.Options{Path: filepath.Join(t.TempDir(), "d.sock")})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	web := e.Create(standin.Spec{Name: "web", PID: 1 << 30})
	web.Start()
	a := startAsked(t, func(c *exec.Cmd) { c.Env = append(os.Environ(), "DOCKER_HOST="+e.Host()) }, "capture", "--docker-read", "api", "--to", "file=out.jsonl")
	say := func(text string) { web.Append(1, time.Now().UnixNano(), text+"\n") }
	say("one")
	eventually(t, "a line", func() bool { return contains(filepath.Join(a.dir, "out.jsonl"), `"message":"one"`) })
	e.Stall(1)
	say("two")
	eventually(t, "the line that was not given", func() bool { return contains(filepath.Join(a.dir, "out.jsonl"), `"message":"two"`) })
	if text := a.err.String(); !strings.Contains(text, "read the log of container web: the stream has stalled") || !strings.Contains(text, "well again: container web") {
		t.Errorf("what was told:\n%s", text)
	}
	a.says("ok\n", 0, soon)
	e.Hang(true)
	a.says("no answer within 3s", 1, soon)
	var h admin.Health
	a.page(&h)
	if h.Sources[0].Status != "degraded" {
		t.Errorf("%+v", h)
	}
	e.Hang(false)
	a.says("ok\n", 0, soon)
}

// The collector's own process: a hundred connections that nobody closes are goroutines
// and descriptors that no work explains. The lines on stderr are read by `logcap report`.
func TestHealthOfSelf(t *testing.T) {
	t.Parallel()
	a := startAsked(t, nil, "capture", "a.log", "--to", "null")
	write(t, filepath.Join(a.dir, "a.log"), "one\n")
	eventually(t, "a baseline", func() bool { var h admin.Health; a.page(&h); return h.Self.Baseline != nil })
	a.says("ok\n", 0, soon)
	var open []net.Conn
	for range 100 {
		c, err := net.Dial("unix", filepath.Join(a.state, adminSocket))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := io.WriteString(c, "GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	a.says("self goroutines: watch this process: goroutines grow: ", 1, soon)
	var h admin.Health
	a.page(&h)
	if h.Self.Status != "degraded" || h.Self.Goroutines < h.Self.Baseline.Goroutines+90 { // those that answer at the baseline are gone
		t.Errorf("%+v", h.Self)
	}
	for _, c := range open {
		_ = c.Close()
	}
	a.says("ok\n", 0, soon)
	text := a.err.String()
	if !strings.Contains(text, `"msg":"Significant goroutine count change detected"`) || !strings.Contains(text, `"func":"net/http.(*conn).serve"`) {
		t.Errorf("no line:\n%s", text)
	}
	log := filepath.Join(a.dir, "stderr.log")
	write(t, log, text)
	report, err := exec.Command(a.cmd.Path, "report", log, "-o", "json").Output()
	if err != nil || !strings.Contains(string(report), fmt.Sprintf("so the count was the baseline of %d at ", h.Self.Baseline.Goroutines)) {
		t.Errorf("report: %v\n%.2000s", err, report)
	}
	if code, _ := a.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, a.err.String())
	}
	if _, err := os.Stat(filepath.Join(a.state, adminAddress)); err == nil {
		t.Error("where it listened is still written down")
	}
	if code, text := a.health(); code != 1 || !strings.Contains(text, "no collector runs with this state directory") {
		t.Errorf("%d %s", code, text)
	}
}
