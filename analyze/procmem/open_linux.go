package procmem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// OpenPID prepares to read a running process, which is not stopped and does not
// notice. Reading its memory needs the permission to trace it.
func OpenPID(pid int) (*Reader, error) {
	dir := "/proc/" + strconv.Itoa(pid)
	exe, err := os.Open(dir + "/exe")
	if err != nil {
		return nil, noProcess(pid, err)
	}
	entry, err := entryOf(dir)
	if err != nil {
		return nil, errors.Join(noProcess(pid, err), exe.Close())
	}
	return New(Source{Memory: newLive(pid), Exe: exe, Entry: entry, Clock: monotonic})
}

func noProcess(pid int, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fail("", "process %d: %w", pid, ErrGone)
	case errors.Is(err, fs.ErrPermission):
		return fail("run it as the process's user, or with CAP_SYS_PTRACE", "process %d: %w", pid, err)
	}
	return fmt.Errorf("process %d: %w", pid, err)
}

// entryOf reads where a process began to run.
func entryOf(dir string) (uint64, error) {
	aux, err := os.ReadFile(dir + "/auxv")
	if err != nil {
		return 0, err
	}
	return entryIn(aux)
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
