package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/logcap/logcap/internal/missing"
)

// roleEnv makes the test's own binary another process with a part to play.
const roleEnv = "LOGCAP_PROCESS_ROLE"

// play runs a part, when this process was started for one.
func play() {
	role, argument, _ := strings.Cut(os.Getenv(roleEnv), " ")
	switch role {
	case "":
		return
	case "sleep":
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "exec": // becomes another program, of the same pid
		fmt.Println("ready")
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Setenv(roleEnv, "sleep")
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
		os.Exit(1)
	case "hold":
		if err := hold(strings.Fields(argument)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "undumpable":
		if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println("ready")
		_, _ = io.Copy(io.Discard, os.Stdin)
	case "usage":
		pid, _ := strconv.Atoi(argument)
		p, err := Open(pid)
		if err == nil {
			_, err = p.Usage(context.Background())
		}
		fmt.Println(err)
	case "check":
		if os.Getenv(dropEnv) != "" {
			drop()
		}
		pid, _ := strconv.Atoi(argument)
		fmt.Println(verdict(pid))
	}
	os.Exit(0)
}

// dropEnv makes the part "check" give CAP_SYS_PTRACE away first.
const dropEnv = "LOGCAP_PROCESS_DROP"

// drop gives CAP_SYS_PTRACE away, for this thread, which then asks alone.
func drop() {
	runtime.LockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	err := unix.Capget(&header, &data[0])
	data[0].Effective &^= 1 << capSysPtrace
	data[0].Permitted &^= 1 << capSysPtrace
	if err == nil {
		err = unix.Capset(&header, &data[0])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// verdict is CheckAccess in two lines: the error, "ok" for none, and its hint.
func verdict(pid int) string {
	p, err := Open(pid)
	if err == nil {
		defer p.Close()
		err = p.CheckAccess()
	}
	if err == nil {
		return "ok\n"
	}
	var e *Error
	if !errors.As(err, &e) {
		return err.Error() + "\n"
	}
	return e.Error() + "\n" + e.Hint()
}

// child is another process and its standard input and output.
type child struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// start runs the test's binary in a part. It goes by /proc, which a user
// without the right to enter the build's folder can use too.
func start(t testing.TB, role string, change func(*exec.Cmd)) *child {
	t.Helper()
	c := &child{Cmd: exec.Command("/proc/self/exe")}
	c.Env = append(os.Environ(), roleEnv+"="+role, "GORACE=atexit_sleep_ms=0")
	c.Stderr = os.Stderr
	var err error
	if c.in, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	if change != nil {
		change(c.Cmd)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c
}

// ready waits for the part's first line.
func (c *child) ready(t testing.TB) {
	t.Helper()
	if line, err := c.out.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the child said %q: %v", line, err)
	}
}

func open(t testing.TB, pid int) *Process {
	t.Helper()
	p, err := Open(pid)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// root ends the test where it may not do what only root may.
func root(t testing.TB) {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	st, err := parseStatus(b)
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 || !(facts{caller: st}).capable() {
		missing.Part(t, missing.Root, "not root, or without CAP_SYS_PTRACE")
	}
}

func nobody(c *exec.Cmd) {
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}
