package procmem

import (
	"errors"
	"fmt"
)

// The states of runtime.g.atomicstatus (src/runtime/runtime2.go).
const (
	statusIdle      = 0
	statusRunnable  = 1
	statusRunning   = 2
	statusSyscall   = 3
	statusWaiting   = 4
	statusDead      = 6
	statusCopystack = 8
	statusPreempted = 9
	statusLeaked    = 10
	statusDeadExtra = 11
	statusScanBit   = 0x1000
)

// G is what one runtime.g says. Addresses are the process's own.
type G struct {
	Addr       uint64
	ID, Parent uint64
	// GoPC is behind the go statement that created it, StartPC where it begins.
	GoPC, StartPC uint64
	Status        uint32
	Reason        uint8
	Locked        bool
	Since         int64 // when it began to wait, in nanoseconds of the runtime's clock; 0 unknown
	PC, SP, LR    uint64
	StackLo       uint64
	StackHi       uint64
	Labels        uint64
	seq           uint8 // counts how often it has stopped running
}

// Dead says that the goroutine ended; the struct still tells who it was.
func (g *G) Dead() bool { return g.Status == statusDead || g.Status == statusDeadExtra }

// decode reads a struct and tells whether it can be one.
func (im *image) decode(g *G, b []byte) bool {
	l := &im.layout.G
	g.Status = half(b, l.Status) &^ statusScanBit
	g.ID, g.Parent = word(b, l.ID), word(b, l.Parent)
	g.GoPC, g.StartPC = word(b, l.GoPC), word(b, l.StartPC)
	g.Reason = b[l.Reason]
	g.Since = int64(word(b, l.Since))
	g.Locked = word(b, l.LockedM) != 0
	g.StackLo, g.StackHi = word(b, l.StackLo), word(b, l.StackHi)
	g.Labels = word(b, l.Labels)
	g.PC, g.SP, g.LR = l.place(b, 0, g.Status)
	g.seq = l.sequence(b, 0)
	return im.sound(g)
}

// place is where a goroutine stands, from the bytes of its struct from an offset on.
func (l *GLayout) place(b []byte, from, status uint32) (pc, sp, lr uint64) {
	if sp := word(b, l.SyscallSP-from); sp != 0 && status == statusSyscall {
		return word(b, l.SyscallPC-from), sp, 0
	}
	return word(b, l.SchedPC-from), word(b, l.SchedSP-from), word(b, l.SchedLR-from)
}

// sequence is the count of how often a goroutine has stopped running, 0 when there is none.
func (l *GLayout) sequence(b []byte, from uint32) uint8 {
	if l.Seq == 0 {
		return 0
	}
	return b[l.Seq-from]
}

// checkSize is how much of a struct, from SchedSP on, tells whether it is unchanged.
func (l *GLayout) checkSize() int { return int(max(l.Reason, l.Seq) + 1 - l.SchedSP) }

// unchanged says that those bytes are still those of a goroutine that stands
// where it stood, and has not been elsewhere meanwhile.
func (im *image) unchanged(g *G, b []byte) bool {
	l := &im.layout.G
	from := l.SchedSP
	status := half(b, l.Status-from) &^ statusScanBit
	pc, sp, _ := l.place(b, from, status)
	return status == g.Status && word(b, l.ID-from) == g.ID && b[l.Reason-from] == g.Reason && l.sequence(b, from) == g.seq && pc == g.PC && sp == g.SP
}

// sound checks what every goroutine's struct has.
func (im *image) sound(g *G) bool {
	switch g.Status {
	case statusIdle:
		return true
	case statusDead, statusDeadExtra:
		return (g.GoPC == 0 || im.inText(g.GoPC)) && (g.StartPC == 0 || im.inText(g.StartPC)) && g.hasIDs()
	case statusRunnable, statusRunning, statusSyscall, statusWaiting, statusCopystack, statusPreempted, statusLeaked:
	default:
		return false
	}
	return g.ID != 0 && g.hasIDs() && (g.GoPC == 0 || im.inText(g.GoPC)) &&
		(g.StartPC == 0 || im.inText(g.StartPC)) && g.StackLo < g.StackHi
}

// maxID is more than a process can give out: a billion a second for three days.
const maxID = 1 << 48

// hasIDs checks what holds of ids. A parent's can be the greater one: each
// processor takes sixteen at a time.
func (g *G) hasIDs() bool {
	return g.ID < maxID && g.Parent < maxID && (g.ID != g.Parent || g.ID == 0)
}

// checkGoroutines is how many structs at the front of the list are checked
// before it is believed; main's is among the first.
const checkGoroutines = 256

var errNotAllgs = errors.New("what is there is not a list of goroutines")

// checkAllgs tells whether the list of goroutines is at addr and has the layout.
func (im *image) checkAllgs(m Memory, addr uint64, l *Layout) error {
	pointers, err := allgsPointers(m, addr, checkGoroutines)
	if err != nil {
		return err
	}
	was := im.layout
	im.layout = l
	defer func() { im.layout = was }()
	buf := make([]byte, l.G.Size)
	mains, unsound := 0, 0
	for _, p := range pointers {
		var g G
		if read(m, p, buf) != nil || !im.decode(&g, buf) {
			unsound++
			continue
		}
		if g.StartPC == 0 {
			continue
		}
		f, ok := im.funcs.at(g.StartPC - im.bias)
		if !ok || f.entry != g.StartPC-im.bias {
			unsound++
		}
		if g.ID == 1 && im.funcs.named(f.nameOff, "runtime.main") {
			mains++
		}
	}
	switch {
	case mains != 1:
		return fmt.Errorf("%w: %d of its %d structs are the main goroutine's", errNotAllgs, mains, len(pointers))
	case unsound > len(pointers)/20+1:
		return fmt.Errorf("%w: %d of its %d structs have other fields", errNotAllgs, unsound, len(pointers))
	}
	return nil
}

// maxGoroutines bounds what a list may claim to hold.
const maxGoroutines = 1 << 26

// allgsPointers reads the slice at addr and up to most of its elements.
func allgsPointers(m Memory, addr uint64, most int) ([]uint64, error) {
	return appendAllgs(m, addr, most, nil)
}

func appendAllgs(m Memory, addr uint64, most int, pointers []uint64) ([]uint64, error) {
	var h [24]byte
	if err := read(m, addr, h[:]); err != nil {
		return nil, err
	}
	at, n, room := word(h[:], 0), word(h[:], 8), word(h[:], 16)
	if at == 0 || at%8 != 0 || n == 0 || n > room || n > maxGoroutines {
		return nil, fmt.Errorf("%w: its length is %d of %d", errNotAllgs, n, room)
	}
	left := min(int(n), most)
	buf := make([]byte, min(8*left, 1<<18))
	for left > 0 {
		b := buf[:min(len(buf), 8*left)]
		if err := read(m, at, b); err != nil {
			return nil, err
		}
		for i := 0; i < len(b); i += 8 {
			pointers = append(pointers, word(b, uint32(i)))
		}
		at, left = at+uint64(len(b)), left-len(b)/8
	}
	return pointers, nil
}
