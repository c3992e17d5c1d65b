package process

import (
	"bytes"
	"errors"
	"os"
	"os/user"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// CheckAccess says whether the process's memory may be read, before anything
// is: nil, or an Error that names the setting that refuses. It tries, because
// the kernel alone knows all of its rules, and explains afterwards.
func (p *Process) CheckAccess() error {
	err := touch(p.pid)
	if alive := p.Alive(); alive != nil {
		return alive
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ESRCH) && !p.ofKernel():
		return fail(p.pid, "", "%w", ErrGone) // its threads are ending, and its memory is gone already
	case errors.Is(err, unix.ESRCH):
		return fail(p.pid, "only a program can be read", "%w: it is a thread of the kernel and has none", ErrNoAccess)
	case errors.Is(err, unix.ENOSYS):
		return fail(p.pid, "watch it through its pprof endpoint, HOST:PORT", "%w: this kernel has no process_vm_readv", ErrNoAccess)
	case !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EACCES):
		return fail(p.pid, "", "%w: %w", ErrNoAccess, err)
	}
	f, err := p.facts()
	if err != nil {
		return err
	}
	return explain(p.pid, f)
}

// kthreadd is the parent of the kernel's threads.
const kthreadd = 2

func (p *Process) ofKernel() bool {
	st, err := p.stat()
	return err == nil && (p.pid == kthreadd || st.parent == kthreadd)
}

// touch reads one byte at address 0, which is mapped nowhere: EFAULT comes
// only from a kernel that had allowed it.
func touch(pid int) error {
	var b [1]byte
	local := unix.Iovec{Base: unsafe.SliceData(b[:])}
	local.SetLen(len(b))
	_, err := unix.ProcessVMReadv(pid, []unix.Iovec{local}, []unix.RemoteIovec{{Base: 0, Len: len(b)}}, 0)
	if errors.Is(err, unix.EFAULT) {
		return nil
	}
	return err
}

func (p *Process) facts() (facts, error) {
	b, err := p.read("status")
	if err != nil {
		return facts{}, p.failed(err)
	}
	f := facts{scope: yamaScope(), contained: contained(), unmapped: !first("user", firstUser), filtered: touch(os.Getpid()) != nil}
	if f.target, err = parseStatus(b); err != nil {
		return facts{}, fail(p.pid, "", "read status: %w", err)
	}
	own, err := os.ReadFile("/proc/thread-self/status")
	if err == nil {
		f.caller, err = parseStatus(own)
	}
	if err != nil {
		return facts{}, fail(p.pid, "", "read logcap's own status: %w", err)
	}
	f.user, f.self = userName(f.target.uids[1]), userName(f.caller.uids[0])
	// The kernel gives the files of a process that may not be dumped to root.
	var st unix.Stat_t
	if unix.Fstatat(int(p.dir.Fd()), "mem", &st, 0) == nil {
		f.undumpable = int(st.Uid) != f.target.uids[1]
	}
	f.label = label(p.text("attr/current"))
	if b, err := os.ReadFile("/proc/self/attr/current"); err == nil {
		f.callerLabel = label(string(b))
	}
	return f, nil
}

func label(text string) string { return strings.TrimRight(text, "\x00\n") }

// yamaScope is the kernel's setting; -1 without Yama.
func yamaScope() int {
	b, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return -1
	}
	scope, err := strconv.Atoi(string(bytes.TrimSpace(b)))
	if err != nil {
		return -1
	}
	return scope
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "uid " + strconv.Itoa(uid)
}

// The numbers of the namespaces that the kernel starts with (linux/proc_ns.h).
const (
	firstUser = 0xEFFFFFFD
	firstPID  = 0xEFFFFFFC
)

// first says whether a namespace of ours is the one the kernel started with.
func first(kind string, number uint64) bool {
	var st unix.Stat_t
	return unix.Stat("/proc/self/ns/"+kind, &st) != nil || st.Ino == number
}

// contained: our pids are not the machine's.
func contained() bool { return !first("pid", firstPID) }
