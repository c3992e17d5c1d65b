package queue

import (
	"encoding/binary"
	"errors"
	"io"
	"os"

	"github.com/cespare/xxhash/v2"
)

// The cursor says up to which record everything was delivered. Its file has two
// slots that are written in turns, so that one that is torn costs a few records twice and no more.
const (
	cursorName = "cursor"
	slotMagic  = "logcap-c"
	slotBytes  = 32
)

// cursor is that file.
type cursor struct {
	file  *os.File
	turn  uint64
	taken uint64
}

// openCursor opens the file for reading and writing and makes it when it is not there.
func openCursor(path string) (*cursor, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	text := make([]byte, 2*slotBytes)
	n, err := f.ReadAt(text, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, f.Close())
	}
	c := &cursor{file: f}
	c.turn, c.taken = parseCursor(text[:n])
	return c, nil
}

// parseCursor is the newest of the slots that are right; 0 when none is.
func parseCursor(text []byte) (turn, taken uint64) {
	for ; len(text) >= slotBytes; text = text[slotBytes:] {
		if string(text[:8]) != slotMagic || binary.LittleEndian.Uint64(text[24:]) != xxhash.Sum64(text[:24]) {
			continue
		}
		if t := binary.LittleEndian.Uint64(text[8:]); t >= turn {
			turn, taken = t, binary.LittleEndian.Uint64(text[16:])
		}
	}
	return turn, taken
}

// save writes the number of the first record that is not delivered.
func (c *cursor) save(taken uint64) error {
	if taken == c.taken {
		return nil
	}
	var slot [slotBytes]byte
	copy(slot[:], slotMagic)
	binary.LittleEndian.PutUint64(slot[8:], c.turn+1)
	binary.LittleEndian.PutUint64(slot[16:], taken)
	binary.LittleEndian.PutUint64(slot[24:], xxhash.Sum64(slot[:24]))
	if _, err := c.file.WriteAt(slot[:], int64((c.turn+1)%2)*slotBytes); err != nil {
		return err
	}
	c.turn, c.taken = c.turn+1, taken
	return nil
}

func (c *cursor) close() error { return c.file.Close() }
