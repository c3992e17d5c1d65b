package process

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ticksPerSecond is the unit of times in /proc: USER_HZ, 100 on every
// architecture that Go runs on.
const ticksPerSecond = 100

// Info says who the process is. What may not be read stays empty.
func (p *Process) Info() (Info, error) {
	st, err := p.stat()
	if err != nil {
		return Info{}, err
	}
	b, err := p.read("status")
	if err != nil {
		return Info{}, p.failed(err)
	}
	status, err := parseStatus(b)
	if err != nil {
		return Info{}, fail(p.pid, "", "read status: %w", err)
	}
	info := Info{
		PID: p.pid, Parent: st.parent, Name: st.name, Start: startTime(st.start), UID: status.uids[1], RealUID: status.uids[0],
		State: stateOf(st.state), Threads: st.threads, Machine: p.machine(),
	}
	if status.tracer != 0 {
		info.Tracer = leaderOf(status.tracer)
		info.TracerName = nameOf(status.tracer)
	}
	info.Exe, info.Deleted = p.exe()
	if b, err := p.read("cmdline"); err == nil {
		args0, _, _ := bytes.Cut(b, []byte{0})
		info.Args0 = string(args0)
	}
	info.Container = containerOf(p.text("cgroup"), p.text("mountinfo"))
	return info, nil
}

// leaderOf is the process of a thread: the kernel names the debugger's thread.
func leaderOf(thread int) int {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(thread) + "/status")
	if err != nil {
		return thread
	}
	st, err := parseStatus(b)
	if err != nil {
		return thread
	}
	return st.leader
}

// text is a file of which nothing depends on whether it can be read.
func (p *Process) text(name string) string {
	b, _ := p.read(name)
	return string(b)
}

func (p *Process) exe() (path string, deleted bool) {
	path, _ = p.link("exe")
	return strings.CutSuffix(path, " (deleted)")
}

// link reads a symbolic link of the process's own folder.
func (p *Process) link(name string) (string, error) {
	var buf [unix.PathMax]byte
	n, err := unix.Readlinkat(int(p.dir.Fd()), name, buf[:])
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// startTime turns ticks since boot into a time: the clock that counts from
// boot says how long ago that was.
func startTime(ticks uint64) time.Time {
	var boot unix.Timespec
	now := time.Now()
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot) != nil {
		return time.Time{}
	}
	ago := time.Duration(boot.Nano()) - time.Duration(ticks)*time.Second/ticksPerSecond
	return now.Add(-ago).Round(time.Second / ticksPerSecond)
}

// machine is the executable's architecture.
func (p *Process) machine() string {
	f, err := p.open("exe")
	if err != nil {
		return ""
	}
	defer f.Close()
	return machineOf(f)
}

// machineOf reads the beginning of an ELF file: class, byte order, machine.
func machineOf(f *os.File) string {
	var head [20]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || string(head[:4]) != elf.ELFMAG {
		return ""
	}
	var order binary.ByteOrder = binary.LittleEndian
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		order = binary.BigEndian
	}
	m := elf.Machine(order.Uint16(head[18:]))
	switch m {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_AARCH64:
		return "arm64"
	case elf.EM_386:
		return "386"
	case elf.EM_ARM:
		return "arm"
	case elf.EM_RISCV:
		return "riscv64"
	case elf.EM_S390:
		return "s390x"
	case elf.EM_LOONGARCH:
		return "loong64"
	}
	return m.String()
}
