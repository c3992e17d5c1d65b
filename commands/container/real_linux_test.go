package container

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
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/internal/missing"
)

// yard is containers of one test on the engine of this machine.
type yard struct {
	t            *testing.T
	f            *Finder
	label, image string
}

func newYard(t *testing.T) *yard {
	t.Helper()
	e, err := engine.New(engine.FromEnvironment(os.LookupEnv))
	if err == nil {
		_, err = e.List(t.Context())
	}
	if err == nil {
		_, err = exec.LookPath("docker")
	}
	if err != nil {
		missing.Part(t, missing.Docker, err.Error())
	}
	id := strconv.FormatInt(time.Now().UnixNano(), 36)
	y := &yard{t: t, f: New(Options{Engine: e}), label: "logcap.test=" + id, image: "logcap-guest:" + id}
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "guest"), "./testdata/guest")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY guest /guest\nENTRYPOINT [\"/guest\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	y.docker("build", "-q", "-t", y.image, dir)
	t.Cleanup(func() {
		if ids := y.docker("ps", "-aq", "--filter", "label="+y.label); ids != "" {
			y.docker(append([]string{"rm", "-f"}, strings.Fields(ids)...)...)
		}
		y.docker("rmi", "-f", y.image)
	})
	return y
}

func (y *yard) docker(args ...string) string {
	y.t.Helper()
	var out, complaint bytes.Buffer
	cmd := exec.Command("docker", args...)
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		y.t.Fatalf("docker %s: %v: %s", args[0], err, complaint.Bytes())
	}
	return strings.TrimSpace(out.String())
}

// run starts a container and waits until it is ready; options are docker's.
func (y *yard) run(name string, options []string, guest ...string) (full string) {
	y.t.Helper()
	full = "logcap-test-" + name + "-" + strings.TrimPrefix(y.label, "logcap.test=")
	args := append([]string{"run", "-d", "--label", y.label, "--name", full}, options...)
	y.docker(append(append(args, y.image), guest...)...)
	y.until(full+" is ready", func() bool { return strings.Contains(y.docker("logs", full), "ready") })
	return full
}

func (y *yard) until(what string, is func() bool) {
	y.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) { // another process: there is no clock of ours to fake
		if time.Now().After(deadline) {
			y.t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// parked are the goroutines that a guest has parked, read from its memory.
func parked(t *testing.T, pid int) int {
	t.Helper()
	r, err := procmem.OpenPID(pid)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := r.Snapshot(procmem.Options{})
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return countParked(s)
}

func countParked(s *goroutine.Snapshot) int {
	n := 0
	for _, g := range s.Groups() {
		if g.Site.Entry == "main.park" {
			n += g.Count
		}
	}
	return n
}

// Containers of the engine on this machine; one image serves all.
func TestRealContainers(t *testing.T) {
	all := newYard(t)
	for name, test := range map[string]func(*testing.T, *yard){
		"processes": testProcesses, "several": testSeveral, "states": testStates,
		"ports": testPorts, "ports refused": testPortsRefused, "without rights": testWithoutRights,
	} {
		t.Run(name, func(t *testing.T) {
			y := *all
			y.t = t
			test(t, &y)
		})
	}
}

// The process of each kind of container is found, and its memory read, whether it is the
// first or not, is frozen, or sees all processes of the machine.
func testProcesses(t *testing.T, y *yard) {
	for _, c := range []struct {
		name    string
		options []string
		guest   []string
		note    string
	}{
		{"plain", nil, nil, ""},
		{"wrapped", []string{"--init"}, nil, "its one Go process is pid:"},
		{"all-pids", []string{"--pid=host"}, nil, ""},
		{"nonet", []string{"--network=none"}, nil, ""},
		{"user", []string{"--user=1234"}, nil, ""},
		{"frozen", nil, nil, ""},
	} {
		full := y.run(c.name, c.options, c.guest...)
		if c.name == "frozen" {
			y.docker("pause", full)
		}
		p, err := y.f.Process(t.Context(), full)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if p.Exe != "/guest" || p.Paused != (c.name == "frozen") || (p.Note == "") != (c.note == "") || !strings.HasPrefix(p.Note, c.note) {
			t.Errorf("%s: %+v", c.name, p)
		}
		if n := parked(t, p.PID); n != 25 {
			t.Errorf("%s: %d goroutines of 25", c.name, n)
		}
	}
}

// Several Go processes are listed, by the pids that can be named.
func testSeveral(t *testing.T, y *yard) {
	full := y.run("several", nil, "child", "idle")
	_, err := y.f.Process(t.Context(), full)
	if err == nil || !strings.Contains(err.Error(), "has several Go processes: pid:") || strings.Count(err.Error(), "(/guest)") != 2 {
		t.Fatalf("%v", err)
	}
	for _, word := range strings.Fields(err.Error()) {
		if pid, ok := strings.CutPrefix(word, "pid:"); ok {
			if n, err := strconv.Atoi(pid); err != nil || parked(t, n) != 25 {
				t.Errorf("%s: %v", word, err)
			}
		}
	}
}

// What a container does that cannot be read is said as the engine knows it.
func testStates(t *testing.T, y *yard) {
	full := "logcap-test-made-" + strings.TrimPrefix(y.label, "logcap.test=")
	y.docker("create", "--label", y.label, "--name", full, y.image)
	refused := func(words, hint string) {
		t.Helper()
		_, err := y.f.Process(t.Context(), full)
		if err == nil {
			t.Fatalf("found, want %q", words)
		}
		checkError(t, err, words, hint)
	}
	refused("was never started", "docker start "+full)
	y.docker("start", full)
	y.until("ready", func() bool { return strings.Contains(y.docker("logs", full), "ready") })
	was, err := y.f.Process(t.Context(), full)
	if err != nil {
		t.Fatal(err)
	}
	y.docker("restart", full)
	y.until("another process", func() bool {
		now, restarted, err := y.f.Again(t.Context(), was)
		return err == nil && restarted && now.ID == was.ID && now.PID != was.PID
	})
	y.docker("stop", full)
	refused("is not running: it exited with code 0 at 20", "docker start")
	y.docker("rm", full)
	refused("no such container", "")
	full = "logcap-test-loop-" + strings.TrimPrefix(y.label, "logcap.test=")
	y.docker("run", "-d", "--label", y.label, "--name", full, "--restart=always", y.image, "exit", "3")
	// It restarts again and again: between two of its lives is when it is asked.
	var last error
	y.until("it is between two lives", func() bool {
		_, last = y.f.Process(t.Context(), full)
		return last != nil && strings.Contains(last.Error(), "is restarting")
	})
	checkError(t, last, "is restarting: it exited with code 3 at", "docker logs --tail 20 "+full)
}

// asked is what an endpoint answers that is reached by a route.
func asked(ctx context.Context, r *Route) (string, error) {
	tr := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return r.Dial(ctx) }}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://guest/debug/pprof/goroutine?debug=1", nil)
	if err != nil {
		return "", err
	}
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

// A port is reached from here where it is open, and inside the container's network
// namespace where it is not; after a restart too.
func testPorts(t *testing.T, y *yard) {
	const inside = "inside its network namespace"
	base := y.run("base", nil, "pprof", "127.0.0.1:6060")
	for _, c := range []struct {
		name    string
		options []string
		listen  string
		way     string
		restart bool
	}{
		{"open", nil, "0.0.0.0:6060", ":6060", true},
		{"both", nil, "[::]:6060", ":6060", false},
		{"published", []string{"-p", "127.0.0.1::6060"}, "0.0.0.0:6060", ":6060", false},
		{"loopback", nil, "127.0.0.1:6060", inside, true},
		{"loopback-published", []string{"-p", "127.0.0.1::6060"}, "127.0.0.1:6060", inside, false},
		{"none", []string{"--network=none"}, "127.0.0.1:6060", inside, false},
		{"shared", []string{"--network=container:" + base}, "127.0.0.1:6061", inside, false},
		{"shared-open", []string{"--network=container:" + base}, "0.0.0.0:6062", ":6062", false},
		{"host", []string{"--network=host"}, "127.0.0.1:46060", "127.0.0.1:46060", false},
		{"init", []string{"--init"}, "127.0.0.1:6060", inside, false},
	} {
		full := y.run(c.name, c.options, "pprof", c.listen)
		_, port, _ := net.SplitHostPort(c.listen)
		n, _ := strconv.Atoi(port)
		r, err := y.f.Route(t.Context(), Ref{full, n})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.Contains(r.Way(), c.way) {
			t.Errorf("%s: reached at %s", c.name, r.Way())
		}
		if c.name == "loopback" {
			dialMany(t, r)
		}
		for _, restart := range []bool{false, c.restart} {
			if restart {
				y.docker("restart", full)
			}
			y.until(c.name+" answers", func() bool {
				text, err := asked(t.Context(), r)
				return err == nil && strings.Contains(text, "25 @")
			})
		}
	}
	threadsAtHome(t)
}

// dialMany dials on many threads, so that the process's first one is among them: it cannot end.
func dialMany(t *testing.T, r *Route) {
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			conn, err := r.Dial(t.Context())
			if err == nil {
				err = conn.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// threadsAtHome fails when a thread of this process has stayed in a foreign network namespace.
func threadsAtHome(t *testing.T) {
	t.Helper()
	home, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	tasks, err := filepath.Glob("/proc/self/task/*/ns/net")
	if err != nil || len(tasks) == 0 {
		t.Fatalf("%v: %v", tasks, err)
	}
	for _, task := range tasks {
		if ns, err := os.Readlink(task); err == nil && ns != home {
			t.Errorf("%s is %s, and the process's %s", task, ns, home)
		}
	}
}

// What a port that cannot be asked lacks is said.
func testPortsRefused(t *testing.T, y *yard) {
	full := y.run("closed", []string{"-p", "127.0.0.1::6061"}, "pprof", "127.0.0.1:6060", "0.0.0.0:7070")
	refused := func(port int, words, hint string) {
		t.Helper()
		_, err := y.f.Route(t.Context(), Ref{full, port})
		if err == nil {
			t.Fatalf("port %d is reached, want %q", port, words)
		}
		checkError(t, err, words, hint)
	}
	refused(6061, "nothing in it listens on port 6061", "ports that are open in it: 6060, 7070")
	y.docker("pause", full)
	refused(7070, "is paused: its endpoint does not answer", "docker unpause "+full)
	y.docker("unpause", full)

	// Without its processes, only what the engine forwards is left, and nothing is behind it.
	blind := New(Options{Engine: y.f.opts.Engine, Proc: t.TempDir()})
	_, err := blind.Route(t.Context(), Ref{full, 6061})
	if err == nil {
		t.Fatal("a forwarded port without a listener is taken for one")
	}
	checkError(t, err, "port 6061 cannot be reached from here: 172.", "publish the port: docker run -p 127.0.0.1:6061:6061")
	if got := strings.Count(err.Error(), "connection re"); got != 2 { // refused by the container, reset by the forwarder
		t.Errorf("%v", err)
	}
}

// Who may ask the engine and no more is told which right is missing, and reaches open ports.
func testWithoutRights(t *testing.T, y *yard) {
	if os.Getuid() != 0 {
		missing.Part(t, missing.Root, "root, to become somebody else")
	}
	full := y.run("rights", nil, "pprof", "127.0.0.1:6060", "0.0.0.0:7070")
	out := asNobody(t, full)
	for _, want := range []string{
		"process: container \"" + full + "\": look at its process ", "(guest): permission denied | run logcap as root or as its user root with the group 0, or with the capability CAP_SYS_PTRACE",
		"6060: container \"" + full + "\": 127.0.0.1:6060 is open inside it only: port 6060 inside its network namespace: permission denied | entering the container's network needs CAP_SYS_ADMIN",
		"7070: ok",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%s\nholds no %q", out, want)
		}
	}
}

// report is what is said of a container, in the process that has become somebody else.
func report(f *Finder, full string) string {
	var b strings.Builder
	say := func(what string, err error) {
		var hint string
		if h, ok := err.(interface{ Hint() string }); ok {
			hint = h.Hint()
		}
		if err == nil {
			fmt.Fprintf(&b, "%s: ok\n", what)
			return
		}
		fmt.Fprintf(&b, "%s: %v | %s\n", what, err, hint)
	}
	_, err := f.Process(context.Background(), full)
	say("process", err)
	for _, port := range []int{6060, 7070} {
		_, err := f.Route(context.Background(), Ref{full, port})
		say(strconv.Itoa(port), err)
	}
	return b.String()
}

// group is the one that may use the engine's socket.
func socketGroup(t *testing.T) uint32 {
	t.Helper()
	out, err := exec.Command("stat", "-L", "-c", "%g", strings.TrimPrefix(engine.DefaultHost, "unix://")).Output()
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(out)), 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// nobody is the user of most systems that owns nothing.
const nobody = 65534

// asNobody runs report in this test's program, as nobody with the group of the engine's socket.
func asNobody(t *testing.T, full string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "logcap-nobody-") // the test's own folders are root's
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	text, err := os.ReadFile(exe)
	copied := filepath.Join(dir, "test")
	if err := errors.Join(err, os.WriteFile(copied, text, 0o755), os.Chmod(dir, 0o755)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(copied, "-test.run", "^$")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), reportOn+"="+full)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody, Groups: []uint32{socketGroup(t)}}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

func TestMain(m *testing.M) {
	full := os.Getenv(reportOn)
	if full == "" {
		goleak.VerifyTestMain(m)
	}
	e, err := engine.New(engine.FromEnvironment(os.LookupEnv))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Print(report(New(Options{Engine: e}), full))
}

// reportOn is the variable that makes this test's program report on a container.
const reportOn = "LOGCAP_TEST_REPORT"
