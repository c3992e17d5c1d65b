//go:build unix

package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/logcap/logcap/internal/faults"
	"github.com/logcap/logcap/internal/missing"
)

// running is a logcap that runs as another process: this test binary.
type running struct {
	t   *testing.T
	cmd *exec.Cmd
	out shared
	err shared
}

// shared is a buffer that is looked at while it is written to.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// output is what it has written so far.
func (r *running) output() []byte { return []byte(r.out.String()) }

func startLogcap(t *testing.T, edit func(*exec.Cmd), args ...string) *running {
	t.Helper()
	r := &running{t: t, cmd: exec.Command(logcapBinary(t), args...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.out, &r.err
	if edit != nil {
		edit(r.cmd)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			_ = r.cmd.Process.Kill()
			_ = r.cmd.Wait()
		}
	})
	return r
}

// end sends SIGTERM and gives the exit code and how long it took.
func (r *running) end() (code int, took time.Duration) {
	r.t.Helper()
	began := time.Now()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Fatal(err)
	}
	err := r.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatal(err)
	}
	return r.cmd.ProcessState.ExitCode(), time.Since(began)
}

// logcapBinary is logcap, built once for all tests of a run.
func logcapBinary(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// built builds logcap when it is first asked for; TestMain removes it.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "logcap-test-")
	if err != nil {
		return "", err
	}
	builtIn = dir
	path := filepath.Join(dir, "logcap")
	if out, err := exec.Command("go", "build", "-o", path, "../cmd/logcap").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build logcap: %w: %s", err, out)
	}
	return path, nil
})

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func contains(path, text string) bool {
	b, err := os.ReadFile(path)
	return err == nil && strings.Contains(string(b), text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// One run as it is meant: follow, rotate, serve, end with 0; the second collector on the state is refused.
func TestCaptureFollows(t *testing.T) {
	dir := t.TempDir()
	log, out, state := filepath.Join(dir, "app.log"), filepath.Join(dir, "out.jsonl"), filepath.Join(dir, "state")
	write(t, log, "old\n")
	sock := filepath.Join(dir, "a.sock")
	r := startLogcap(t, nil, "capture", log, "--state", state, "--to", "file="+out, "--listen", "unix:"+sock)
	eventually(t, "the endpoint", func() bool { _, err := os.Stat(sock); return err == nil })
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(context.Context, string, string) (net.Conn, error) { return net.Dial("unix", sock) }}}
	metric := func(name string) bool {
		resp, err := client.Get("http://x/metrics")
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		return err == nil && strings.Contains(string(text), name+"\n")
	}
	eventually(t, "the log is followed", func() bool { return metric(`logcap_source_active_origins{source="file"} 1`) })
	time.Sleep(100 * time.Millisecond)
	write(t, log, "new\n")
	eventually(t, "a line", func() bool { return contains(out, `"message":"new"`) })
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	write(t, log, "rotated\n")
	eventually(t, "the next file", func() bool { return contains(out, `"message":"rotated"`) })
	eventually(t, "the account", func() bool { return metric(`logcap_sink_delivered_records_total{sink="file"} 2`) })
	if contains(out, `"message":"old"`) {
		t.Error("what was there was read, and nobody asked for it")
	}

	second := exec.Command(r.cmd.Path, "capture", log, "--state", state, "--to", "null")
	text, err := second.CombinedOutput()
	if want := fmt.Sprintf("process %d uses it\n", r.cmd.Process.Pid); err == nil || !strings.Contains(string(text), want) || second.ProcessState.ExitCode() != 1 {
		t.Errorf("the second collector: %v\n%s", err, text)
	}
	if code, took := r.end(); code != 0 || took > 5*time.Second || len(r.err.String()) > 200 {
		t.Errorf("exit code %d after %v\n%s", code, took, r.err.String())
	}
}

// With a destination that takes nothing SIGTERM ends it within the drain timeout, and the next run loses nothing.
func TestCaptureEndsWithDeadSink(t *testing.T) {
	dir := t.TempDir()
	log, state := filepath.Join(dir, "app.log"), filepath.Join(dir, "state")
	l := &faults.Log{Path: log, Writer: "w"}
	if err := errors.Join(l.Write(1000), l.Close()); err != nil {
		t.Fatal(err)
	}
	j := faults.NewJudge()
	recv, err := faults.NewReceiver(j)
	if err != nil {
		t.Fatal(err)
	}
	defer recv.Close()
	if err := recv.Fail(faults.Late); err != nil {
		t.Fatal(err)
	}
	args := []string{"capture", log, "--from-start", "--state", state, "--drain-timeout", "2s", "--to", "http=" + recv.URL()}
	r := startLogcap(t, nil, args...)
	eventually(t, "a request", func() bool { return recv.Refused.Load() > 0 })
	code, took := r.end()
	if code != 0 || took > 4*time.Second || // scripts/faults holds it to the second
		!strings.Contains(r.err.String(), "1000 records not delivered within 2s; the next run with --state") {
		t.Errorf("exit code %d after %v\n%s", code, took, r.err.String())
	}
	if err := recv.Fail(faults.Well); err != nil {
		t.Fatal(err)
	}
	r = startLogcap(t, nil, args...)
	j.Expect("w", 1000)
	eventually(t, "all lines", func() bool { return j.Verdict().Lost == 0 })
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
	if v := j.Verdict(); v.Doubled+v.Reordered+v.Mangled+v.Others > 0 {
		t.Errorf("%+v", v)
	}
}

// A line of 100 MB is cut and costs no memory; the lines beside it arrive.
func TestCaptureHugeLine(t *testing.T) {
	dir := t.TempDir()
	log, out := filepath.Join(dir, "app.log"), filepath.Join(dir, "out.jsonl")
	write(t, log, "before\n"+strings.Repeat("x", 100<<20)+"\nafter\n")
	text, err := exec.Command(logcapBinary(t), "capture", log, "--no-follow", "--to", "file="+out).CombinedOutput()
	if err != nil || !contains(out, `"message":"before"`) || !contains(out, `"message":"after"`) {
		t.Errorf("%v\n%s", err, text)
	}
	if info, err := os.Stat(out); err != nil || info.Size() < 1<<20 || info.Size() > 1<<20+1000 {
		t.Errorf("%v, %v", info, err)
	}
}

// Somebody without rights: the file among others is told and the others are
// read; the socket's group is named.
func TestCaptureWithoutRights(t *testing.T) {
	if os.Getuid() != 0 {
		missing.Part(t, missing.Mount, "root, to become somebody else")
	}
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "open.log"), "open\n")
	write(t, filepath.Join(dir, "closed.log"), "closed\n")
	if err := os.Chmod(filepath.Join(dir, "closed.log"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(dir, "d.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := os.Chmod(filepath.Join(dir, "d.sock"), 0o660); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "logcap")
	if err := os.Link(logcapBinary(t), bin); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		cmd := exec.Command(bin, args...)
		cmd.Dir = dir
		cmd.Env = []string{"DOCKER_HOST=unix://" + filepath.Join(dir, "d.sock")}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		text, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("%v ended well", args)
		}
		return string(text)
	}
	text := run("capture", "*.log", "--no-follow")
	if !strings.Contains(text, `"message":"open"`) || strings.Count(text, "closed.log: permission denied\nhint: give the user of logcap the right to read it") != 1 {
		t.Errorf("files: %s", text)
	}
	// Followed, it is read when that is allowed, and it is said that all is well.
	r := startLogcap(t, func(c *exec.Cmd) {
		c.Path, c.Dir = bin, dir
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}, "capture", "open.log", "closed.log", "--from-start")
	time.Sleep(300 * time.Millisecond)
	if err := os.Chmod(filepath.Join(dir, "closed.log"), 0o644); err != nil {
		t.Fatal(err)
	}
	time.Sleep(6 * time.Second) // the next rescan
	if code, _ := r.end(); code != 0 || !strings.Contains(r.out.String(), `"message":"closed"`) ||
		strings.Count(r.err.String(), "permission denied\nhint") != 1 || strings.Count(r.err.String(), "well again: file ") != 1 {
		t.Errorf("exit code %d\n%s%s", code, r.out.String(), r.err.String())
	}
	text = run("capture")
	if !strings.Contains(text, "d.sock: permission denied\nhint: run logcap as a member of the group root (usermod -aG root USER), or as root; give PATHs to collect files without an engine\n") {
		t.Errorf("the socket: %s", text)
	}
}
