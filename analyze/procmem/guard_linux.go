package procmem

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// guard tells whether a process still has the memory it had when it was opened.
// An open /proc/PID/mem is bound to that memory and not to the process or its
// number: when the process has ended or runs another program, reading it gives
// nothing (proc_pid_mem(5)). So what was read by number before the guard said
// yes was of that memory.
type guard struct {
	pid     int
	mem     *os.File
	started []byte // when the process began, as /proc/PID/stat has it
	at      int64  // an address that is mapped as long as the program runs
}

func openGuard(pid int) (*guard, error) {
	st, err := readStat(pid)
	if err != nil {
		return nil, err
	}
	g := &guard{pid: pid, started: st.started}
	if g.mem, err = os.Open(procDir(pid) + "/mem"); errors.Is(err, unix.ESRCH) {
		return nil, g.ended()
	}
	return g, err
}

func procDir(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// check is nil as long as the memory is in use, and else ErrGone or ErrReplaced.
func (g *guard) check() error {
	var b [1]byte
	if n, err := unix.Pread(int(g.mem.Fd()), b[:], g.at); n == 0 && err == nil {
		return g.ended()
	}
	return nil
}

// A process that ends, or begins another program, is neither for a moment: its
// memory is gone and its state is that of a living one, or its main thread is a
// zombie while another one takes its place.
const (
	endingLooks = 200
	endingPause = time.Millisecond
)

// ended says what became of a process whose memory is gone.
func (g *guard) ended() error {
	for range endingLooks {
		st, err := readStat(g.pid)
		if err != nil || !bytes.Equal(st.started, g.started) || st.zombie && st.threads == 1 {
			return ErrGone
		}
		if hasMemory(g.pid) {
			return ErrReplaced
		}
		time.Sleep(endingPause)
	}
	return ErrGone
}

// hasMemory: a process without memory has no auxiliary vector. Another user's may not be read.
func hasMemory(pid int) bool {
	aux, err := os.ReadFile(procDir(pid) + "/auxv")
	return len(aux) > 0 || errors.Is(err, os.ErrPermission)
}

// procStat is what is used of /proc/PID/stat (proc_pid_stat(5)).
type procStat struct {
	zombie  bool
	threads int    // 0 when the kernel is about to forget it, or to let another thread take its place
	started []byte // field 22, in clock ticks since the machine began
}

func readStat(pid int) (procStat, error) {
	b, err := os.ReadFile(procDir(pid) + "/stat")
	if err != nil {
		return procStat{}, err
	}
	// The second field is a name in parentheses, which may hold any byte.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 {
		return procStat{}, fmt.Errorf("read /proc/%d/stat: it has %d fields", pid, len(fields)+2)
	}
	threads, err := strconv.Atoi(string(fields[17]))
	state := string(fields[0])
	return procStat{zombie: state == "Z" || state == "X", threads: threads, started: fields[19]}, err
}
