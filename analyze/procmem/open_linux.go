package procmem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// OpenPID prepares to read a running process, which is not stopped and does not
// notice. Reading its memory needs the permission to trace it.
func OpenPID(pid int) (*Reader, error) {
	mem, err := openLive(pid)
	if err != nil {
		return nil, noProcess(pid, err)
	}
	r, err := openProgram(pid, mem)
	if err == nil {
		return r, nil
	}
	// Whatever failed, that the process has ended explains it. Where it was without
	// memory, it may also have been about to begin another program.
	ended := mem.Read(nil)
	if ended == nil && errors.Is(err, ErrGone) {
		ended = mem.guard.ended()
	}
	if ended != nil {
		err = fail("", "process %d: %w", pid, ended)
	}
	return nil, errors.Join(err, mem.Close())
}

// openProgram learns what the process runs whose memory is open: it is of the
// program in that memory when the memory is still in use behind it.
func openProgram(pid int, mem *live) (*Reader, error) {
	exe, err := os.Open(procDir(pid) + "/exe")
	if err != nil {
		return nil, noProcess(pid, err)
	}
	entry, err := entryOf(procDir(pid))
	if err != nil {
		return nil, errors.Join(noProcess(pid, err), exe.Close())
	}
	mem.guard.at = int64(entry)
	return New(Source{Memory: mem, Exe: exe, Entry: entry, Clock: monotonic})
}

func noProcess(pid int, err error) error {
	switch {
	case isEnd(err):
		return fail("", "process %d: %w", pid, err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return fail("", "process %d: %w", pid, ErrGone)
	case errors.Is(err, fs.ErrPermission):
		return fail("run it as the process's user, as root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH", "process %d: %w", pid, err)
	}
	return fmt.Errorf("process %d: %w", pid, err)
}

// beginnings is how often a vector is read that is not filled yet, endingPause apart: between the two the kernel loads a program.
const beginnings = 50

// entryOf reads where a process began to run.
func entryOf(dir string) (entry uint64, err error) {
	for range beginnings {
		var aux []byte
		if aux, err = os.ReadFile(dir + "/auxv"); err != nil {
			return 0, err
		}
		if len(aux) == 0 {
			return 0, ErrGone // its memory, and what it began with
		}
		if entry, err = entryIn(aux); err == nil {
			return entry, nil
		}
		time.Sleep(endingPause)
	}
	return 0, err
}

// monotonic is the clock of the Go runtime on Linux (CLOCK_MONOTONIC).
func monotonic() (time.Time, int64) {
	var ts unix.Timespec
	now := time.Now()
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return now, 0
	}
	return now, ts.Nano()
}
