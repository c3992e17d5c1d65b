package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/logcap/logcap/internal/missing"
)

func TestInfo(t *testing.T) {
	before := time.Now()
	c := start(t, "sleep", func(c *exec.Cmd) { c.Args[0] = "the name it was given" })
	c.ready(t)
	info, err := open(t, c.Process.Pid).Info()
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if exe, err = filepath.EvalSymlinks(exe); err != nil {
		t.Fatal(err)
	}
	if info.Start.Before(before.Add(-20*time.Millisecond)) || info.Start.After(time.Now().Add(20*time.Millisecond)) {
		t.Errorf("started %v, and the test began %v", info.Start, before)
	}
	want := Info{PID: c.Process.Pid, Parent: os.Getpid(), Exe: exe, Args0: "the name it was given", Name: "exe", Start: info.Start,
		UID: os.Geteuid(), RealUID: os.Getuid(), State: Sleeping, Threads: info.Threads, Machine: runtime.GOARCH, Container: info.Container}
	if info.State == Running { // its other threads may
		want.State = Running
	}
	if info != want {
		t.Errorf("got  %+v\nwant %+v", info, want)
	}
	if info.Threads < 2 {
		t.Errorf("%d threads in a Go program", info.Threads)
	}
}

func TestExecutableThatWasDeleted(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "upgraded")
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(exe, own, 0o755); err != nil {
		t.Fatal(err)
	}
	c := start(t, "sleep", func(c *exec.Cmd) { c.Path = exe })
	c.ready(t)
	if err := os.Remove(exe); err != nil {
		t.Fatal(err)
	}
	p := open(t, c.Process.Pid)
	info, err := p.Info()
	if err != nil || info.Exe != exe || !info.Deleted {
		t.Errorf("%+v, %v", info, err)
	}
	build, err := p.BuildInfo()
	if err != nil || build.GoVersion != runtime.Version() || !strings.HasPrefix(build.Path, "github.com/logcap/logcap/") {
		t.Errorf("%+v, %v", build, err)
	}
}

func TestAlive(t *testing.T) {
	c := start(t, "sleep", nil)
	c.ready(t)
	p := open(t, c.Process.Pid)
	if err := p.Alive(); err != nil {
		t.Fatalf("alive: %v", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitForState(t, c.Process.Pid, Zombie)
	for what, err := range map[string]error{"alive": p.Alive(), "access": p.CheckAccess()} {
		if !errors.Is(err, ErrZombie) || !strings.Contains(err.Error(), fmt.Sprintf("its parent, process %d (", os.Getpid())) {
			t.Errorf("%s of a zombie: %v", what, err)
		}
	}
	if _, err := Open(c.Process.Pid); !errors.Is(err, ErrZombie) {
		t.Errorf("open of a zombie: %v", err)
	}
	_ = c.Wait()
	for what, err := range map[string]error{"alive": p.Alive(), "access": p.CheckAccess()} {
		if !errors.Is(err, ErrGone) {
			t.Errorf("%s of a dead process: %v", what, err)
		}
	}
	if _, err := p.Info(); !errors.Is(err, ErrGone) {
		t.Errorf("info of a dead process: %v", err)
	}
	if _, err := Open(c.Process.Pid); !errors.Is(err, ErrGone) {
		t.Errorf("open of a dead process: %v", err)
	}
}

// waitForState waits until the kernel has a process in a state.
func waitForState(t testing.TB, pid int, want State) {
	t.Helper()
	for range 500 {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			t.Fatal(err)
		}
		if st, err := parseStat(b); err == nil && stateOf(st.state) == want && st.threads <= 1 || err == nil && want != Zombie && stateOf(st.state) == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("process %d is not %s", pid, want)
}

// The pid is given again to another process, as the kernel does after a lap of
// its counter: here by setting that counter.
func TestPIDThatIsReused(t *testing.T) {
	root(t)
	c := start(t, "sleep", nil)
	c.ready(t)
	pid := c.Process.Pid
	p := open(t, pid)
	_ = c.Process.Kill()
	_ = c.Wait()
	for range 100 {
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0); err != nil {
			t.Fatal(err)
		}
		if next := start(t, "sleep", nil); next.Process.Pid != pid {
			continue
		}
		for what, err := range map[string]error{"alive": p.Alive(), "access": p.CheckAccess()} {
			if !errors.Is(err, ErrReused) || !strings.HasSuffix(err.Error(), "(exe)") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := p.Info(); !errors.Is(err, ErrReused) {
			t.Errorf("info: %v", err)
		}
		return
	}
	t.Fatalf("pid %d was not given again", pid)
}

// A program that starts itself anew keeps pid, start and executable.
func TestProgramThatIsReplaced(t *testing.T) {
	c := start(t, "exec", nil)
	c.ready(t)
	p := open(t, c.Process.Pid)
	if err := p.Alive(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.in.Write([]byte("\n")); err != nil {
		t.Fatal(err)
	}
	c.ready(t)
	if err := p.Alive(); !errors.Is(err, ErrReplaced) {
		t.Errorf("after exec: %v", err)
	}
	if err := open(t, c.Process.Pid).Alive(); err != nil {
		t.Errorf("opened anew: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for pid, want := range map[int]string{0: "no process can have this pid", -3: "no process can have this pid", 1 << 30: "it has ended",
		unix.Gettid(): "", otherThread(t): fmt.Sprintf("it is a thread of process %d", os.Getpid())} {
		p, err := Open(pid)
		if err == nil {
			p.Close()
		}
		if want == "" { // this test's thread may be the first
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("pid %d: %v, want %q", pid, err, want)
		}
	}
}

func otherThread(t *testing.T) int {
	names, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		if id, _ := strconv.Atoi(filepath.Base(n)); id != os.Getpid() {
			return id
		}
	}
	t.Fatal("this process has one thread")
	return 0
}

// A debugger does not keep others from reading.
func TestProcessUnderDebugger(t *testing.T) {
	c := start(t, "sleep", nil)
	c.ready(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.PtraceSeize(c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	if err := unix.PtraceInterrupt(c.Process.Pid); err != nil {
		t.Fatal(err)
	}
	waitForState(t, c.Process.Pid, Traced)
	p := open(t, c.Process.Pid)
	info, err := p.Info()
	if err != nil || info.State != Traced || info.Tracer != os.Getpid() || info.TracerName != nameOf(os.Getpid()) {
		t.Errorf("%+v, %v", info, err)
	}
	if err := p.CheckAccess(); err != nil {
		t.Errorf("access: %v", err)
	}
	if err := unix.PtraceDetach(c.Process.Pid); err != nil {
		t.Error(err)
	}
}

func TestThreadOfTheKernel(t *testing.T) {
	pid := kernelThread()
	if pid == 0 {
		missing.Part(t, missing.Root, "no thread of the kernel is to be seen, as in a container")
	}
	p := open(t, pid)
	if err := p.CheckAccess(); !errors.Is(err, ErrNoAccess) {
		t.Errorf("access: %v", err)
	}
	if os.Geteuid() == 0 {
		if _, err := p.OpenExecutable(); err == nil || !strings.Contains(err.Error(), "it is a thread of the kernel") {
			t.Errorf("executable: %v", err)
		}
	}
	if info, err := p.Info(); err != nil || info.Exe != "" || info.Machine != "" {
		t.Errorf("%+v, %v", info, err)
	}
}

// kernelThread is a child of kthreadd; 0 where none is seen.
func kernelThread() int {
	names, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			continue
		}
		if st, err := parseStat(b); err == nil && st.parent == 2 && nameOf(2) == "kthreadd" {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(n)))
			return pid
		}
	}
	return 0
}

func TestStoppedProcess(t *testing.T) {
	c := start(t, "sleep", nil)
	c.ready(t)
	if err := c.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	waitForState(t, c.Process.Pid, Stopped)
	p := open(t, c.Process.Pid)
	if err := p.CheckAccess(); err != nil {
		t.Error(err)
	}
	if info, err := p.Info(); err != nil || info.State != Stopped {
		t.Errorf("%+v, %v", info, err)
	}
}
