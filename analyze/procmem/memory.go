// Package procmem reads the goroutines of a Go process from its memory: of a
// living one without stopping it and without its help, or of one that left an
// ELF core. What it gives is the same goroutine.Snapshot as a profile's, with
// ids, parents and the exact go statement of every goroutine.
//
// It knows the layout of runtime.g for Go 1.22 to 1.27 from a table that
// scripts/offsets makes of real toolchains, and of other versions from the
// binary's DWARF. Symbols are not needed: allgs, the runtime's list of all
// goroutines, is found in the code that appends to it.
//
// Memory changes while it is read. Every struct is checked (its status, its
// addresses, its stack's end), what fails is read again, and what still fails
// is counted and left out.
package procmem

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Memory is the memory of one process, by its own addresses.
type Memory interface {
	// Read fills every segment whose memory can be read and tells which; an
	// error means that nothing can be read any more. Without segments it tells
	// just that.
	Read(segments []Segment) error
}

// Segment is one piece of memory to read.
type Segment struct {
	Addr uint64
	Buf  []byte
	// OK says that Buf holds what was there.
	OK bool
}

// How a process can end for its reader.
var (
	// ErrGone is a process that ended while it was read.
	ErrGone = errors.New("the process has ended")
	// ErrReplaced is a process that began another program (execve(2)), or the same
	// one anew: nothing that was learned of it holds any more.
	ErrReplaced = errors.New("the process runs another program now")
)

func isEnd(err error) bool { return errors.Is(err, ErrGone) || errors.Is(err, ErrReplaced) }

// read fills one buffer.
func read(m Memory, addr uint64, buf []byte) error {
	s := []Segment{{Addr: addr, Buf: buf}}
	if err := m.Read(s); err != nil {
		return err
	}
	if !s[0].OK {
		return fmt.Errorf("read %d bytes at %#x: not mapped", len(buf), addr)
	}
	return nil
}

func readWord(m Memory, addr uint64) (uint64, error) {
	var b [8]byte
	if err := read(m, addr, b[:]); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b[:]), nil
}

func word(b []byte, at uint32) uint64  { return binary.LittleEndian.Uint64(b[at:]) }
func half(b []byte, at uint32) uint32  { return binary.LittleEndian.Uint32(b[at:]) }
func signed(b []byte, at uint32) int32 { return int32(half(b, at)) }
