package process

import (
	"bytes"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// Process is one process, and never another that gets its pid later: what is
// read is read below an open folder of /proc, which is of this process alone.
// It is for one goroutine at a time.
type Process struct {
	pid   int
	dir   *os.File
	image []byte // what tells the program it runs from the next; nil when it may not be read
	buf   []byte
	diag  *netlink.Conn // to the kernel's socket tables; nil until it is needed
}

// Open takes hold of a running process. Close gives it back.
func Open(pid int) (*Process, error) {
	if pid <= 0 {
		return nil, fail(pid, "a pid is a number above 0", "no process can have this pid")
	}
	dir, err := os.OpenFile("/proc/"+strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, absent(pid, err)
	}
	p := &Process{pid: pid, dir: dir}
	if err := p.recognise(); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return p, nil
}

// absent says why there is no such process, as far as that is known.
func absent(pid int, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fail(pid, "", "%w", err)
	}
	if e := unix.Kill(pid, 0); e == nil || errors.Is(e, unix.EPERM) {
		return fail(pid, "run logcap as the process's user or as root", "%w: /proc is mounted with hidepid, which hides other users' processes", ErrNoAccess)
	}
	if contained() {
		return fail(pid, "logcap is in a container and sees that one's processes; start it with --pid host or --pid container:NAME", "%w", ErrGone)
	}
	return fail(pid, "", "there is no such process, or %w", ErrGone)
}

// recognise notes what tells this process from the next one with its pid.
func (p *Process) recognise() error {
	st, err := p.stat()
	if err != nil {
		return err
	}
	b, err := p.read("status")
	if err != nil {
		return p.failed(err)
	}
	status, err := parseStatus(b)
	if err != nil {
		return fail(p.pid, "", "read status: %w", err)
	}
	if status.leader != p.pid {
		return fail(p.pid, fmt.Sprintf("name the process: %d", status.leader), "it is a thread of process %d", status.leader)
	}
	if st.ended() {
		return p.zombie(st)
	}
	p.image = p.imageNow()
	return nil
}

// PID is the process's number.
func (p *Process) PID() int { return p.pid }

// Close gives the process back.
func (p *Process) Close() error {
	var err error
	if p.diag != nil {
		err = p.diag.Close()
	}
	return errors.Join(err, p.dir.Close())
}

// Alive says whether the process still runs the program it ran when it was
// opened: nil, or an Error that wraps ErrGone, ErrZombie, ErrReused or ErrReplaced.
// What was read by pid before a nil was of this process.
func (p *Process) Alive() error {
	st, err := p.stat()
	if err != nil {
		return err
	}
	if st.ended() {
		return p.zombie(st)
	}
	if now := p.imageNow(); p.image != nil && now != nil && !bytes.Equal(p.image, now) {
		return fail(p.pid, "", "%w", ErrReplaced)
	}
	return nil
}

func (p *Process) zombie(st stat) error {
	return fail(p.pid, "", "%w: its parent, process %d (%s), has not asked how it ended", ErrZombie, st.parent, nameOf(st.parent))
}

// imageNow is the executable's identity and the auxiliary vector, whose random
// bytes have another address in every program the kernel starts. Nil when
// either may not be read.
func (p *Process) imageNow() []byte {
	var st unix.Stat_t
	if unix.Fstatat(int(p.dir.Fd()), "exe", &st, 0) != nil {
		return nil
	}
	aux, err := p.read("auxv")
	if err != nil {
		return nil
	}
	return fmt.Appendf(nil, "%d %d %x", st.Dev, st.Ino, aux)
}

func (p *Process) stat() (stat, error) {
	b, err := p.read("stat")
	if err != nil {
		return stat{}, p.failed(err)
	}
	st, err := parseStat(b)
	if err != nil {
		return stat{}, fail(p.pid, "", "read stat: %w", err)
	}
	return st, nil
}

// failed turns an error of /proc into what it says of the process.
func (p *Process) failed(err error) error {
	switch {
	case errors.Is(err, unix.ESRCH), errors.Is(err, fs.ErrNotExist):
		// The open folder is this process's alone: whoever is there now is another.
		if b, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/stat"); err == nil {
			if st, err := parseStat(b); err == nil {
				return fail(p.pid, "", "%w (%s)", ErrReused, st.name)
			}
		}
		return fail(p.pid, "", "%w", ErrGone)
	case errors.Is(err, fs.ErrPermission):
		return fail(p.pid, "run logcap as the process's user or as root", "%w: %w", ErrNoAccess, err)
	}
	return fail(p.pid, "", "%w", err)
}

// open opens a file of the process's own folder in /proc.
func (p *Process) open(name string) (*os.File, error) {
	fd, err := unix.Openat(int(p.dir.Fd()), name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// read gives the whole of a file of the process's own folder; good until the next read.
func (p *Process) read(name string) ([]byte, error) {
	f, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if p.buf == nil {
		p.buf = make([]byte, 4096)
	}
	for n := 0; ; {
		if n == len(p.buf) {
			p.buf = append(p.buf, make([]byte, len(p.buf))...)
		}
		m, err := f.Read(p.buf[n:])
		n += m
		if errors.Is(err, io.EOF) {
			return p.buf[:n], nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// OpenExecutable opens the file that the process runs, in whatever mount
// namespace it lies and also when it was deleted.
func (p *Process) OpenExecutable() (*os.File, error) {
	f, err := p.open("exe")
	if err != nil {
		return nil, p.failedExe(err)
	}
	return f, nil
}

func (p *Process) failedExe(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		if alive := p.Alive(); alive != nil {
			return alive
		}
		return fail(p.pid, "only a program can be read", "it is a thread of the kernel and has no executable")
	}
	return p.failed(err)
}

// BuildInfo is what the Go toolchain wrote into the executable.
func (p *Process) BuildInfo() (*buildinfo.BuildInfo, error) {
	f, err := p.OpenExecutable()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := buildinfo.Read(f)
	if err != nil {
		return nil, fail(p.pid, "only Go programs have goroutines; the pid of a wrapper script is not that of the program it starts",
			"it is not a Go program: its executable has no build info")
	}
	return info, nil
}

// nameOf is the kernel's name of a process; "unknown" when it tells none.
func nameOf(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/comm")
	if err != nil {
		return "unknown"
	}
	return string(bytes.TrimSpace(b))
}
