package procmem

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// iovMax is how many pieces one process_vm_readv takes (UIO_MAXIOV).
const iovMax = 1024

// live is the memory of a running process.
type live struct {
	pid    int
	guard  *guard
	local  []unix.Iovec
	remote []unix.RemoteIovec
}

// openLive opens the memory that a process has now.
func openLive(pid int) (*live, error) {
	g, err := openGuard(pid)
	if err != nil {
		return nil, err
	}
	return &live{pid: pid, guard: g}, nil
}

// Close ends the reading.
func (l *live) Close() error { return l.guard.mem.Close() }

// Read asks the kernel for up to iovMax pieces at a time. The kernel stops at
// the first piece that is not mapped, without splitting it, so that piece is
// known and passed over. What it reads is of one program: the one that the
// process ran when it was opened, or it fails with ErrGone or ErrReplaced.
func (l *live) Read(segments []Segment) error {
	for at := 0; at < len(segments); {
		batch := segments[at:min(len(segments), at+iovMax)]
		n, err := l.readv(batch)
		switch {
		case err == nil, errors.Is(err, unix.EFAULT):
		case errors.Is(err, unix.ESRCH):
			return l.guard.ended()
		default:
			if ended := l.guard.check(); ended != nil {
				return ended
			}
			return fmt.Errorf("read the memory of process %d: %w", l.pid, err)
		}
		whole := 0
		for whole < len(batch) && n >= len(batch[whole].Buf) {
			n -= len(batch[whole].Buf)
			batch[whole].OK = true
			whole++
		}
		if whole < len(batch) {
			batch[whole].OK = false
			whole++
		}
		at += whole
	}
	return l.guard.check()
}

func (l *live) readv(batch []Segment) (int, error) {
	l.local, l.remote = l.local[:0], l.remote[:0]
	for i := range batch {
		b := batch[i].Buf
		l.remote = append(l.remote, unix.RemoteIovec{Base: uintptr(batch[i].Addr), Len: len(b)})
		// Buffers that follow each other are one piece on this side.
		if n := len(l.local); n > 0 && adjacent(l.local[n-1], b) {
			l.local[n-1].SetLen(int(l.local[n-1].Len) + len(b))
			continue
		}
		v := unix.Iovec{Base: unsafe.SliceData(b)}
		v.SetLen(len(b))
		l.local = append(l.local, v)
	}
	return unix.ProcessVMReadv(l.pid, l.local, l.remote, 0)
}

// adjacent compares numbers: a pointer behind the end of a buffer must not exist.
func adjacent(v unix.Iovec, next []byte) bool {
	return uintptr(unsafe.Pointer(v.Base))+uintptr(v.Len) == uintptr(unsafe.Pointer(unsafe.SliceData(next)))
}
