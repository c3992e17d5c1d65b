package process

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// check asks for access to a process from another one.
func check(t *testing.T, pid int, change func(*exec.Cmd)) string {
	t.Helper()
	c := start(t, fmt.Sprintf("check %d", pid), change)
	out, err := io.ReadAll(c.out)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestAccessOfAnotherUser(t *testing.T) {
	root(t)
	c := start(t, "sleep", nil)
	c.ready(t)
	got := check(t, c.Process.Pid, nobody)
	for _, want := range []string{fmt.Sprintf("process %d: its memory may not be read: it runs as root (uid 0) and logcap as ", c.Process.Pid),
		" (uid 65534) without CAP_SYS_PTRACE\nrun logcap as the user root, or as root"} {
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
	if got := check(t, c.Process.Pid, nil); got != "ok" {
		t.Errorf("as root: %s", got)
	}
}

// Two processes of one user without rights: what decides is whether the
// process may be dumped, and Yama where there is one.
func TestAccessOfTheSameUser(t *testing.T) {
	root(t)
	c := start(t, "sleep", nobody)
	c.ready(t)
	got := check(t, c.Process.Pid, nobody)
	if scope := yamaScope(); scope > 0 {
		if want := fmt.Sprintf("kernel.yama.ptrace_scope is %d", scope); !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	} else if got != "ok" {
		t.Errorf("got %q", got)
	}
}

func TestAccessToAnUndumpableProcess(t *testing.T) {
	root(t)
	c := start(t, "undumpable", nobody)
	c.ready(t)
	if got := check(t, c.Process.Pid, nobody); !strings.Contains(got, "the process is not dumpable") {
		t.Errorf("got %q", got)
	}
	if got := check(t, c.Process.Pid, nil); got != "ok" {
		t.Errorf("as root: %s", got)
	}
}

// Root without the capability, as in a container that was not given it, and
// a process that has more.
func TestAccessWithoutTheCapability(t *testing.T) {
	root(t)
	c := start(t, "sleep", nil)
	c.ready(t)
	got := check(t, c.Process.Pid, func(c *exec.Cmd) { c.Env = append(c.Env, dropEnv+"=1") })
	if want := "it has 1 capabilities that logcap has not, and logcap has no CAP_SYS_PTRACE"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

// Root of a user namespace of its own has all capabilities, and none outside.
func TestAccessFromAUserNamespace(t *testing.T) {
	root(t)
	c := start(t, "sleep", nil)
	c.ready(t)
	got := check(t, c.Process.Pid, func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	})
	if want := "is good for its own user namespace only, and the process is in another"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}
