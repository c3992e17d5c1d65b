package docker

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/logcap/logcap/capture/record"
)

// Lengths of the engine's frames, in bytes. The engine cuts lines at 16 KiB;
// a frame that is much larger is no frame, and what follows cannot be trusted.
const (
	headLen   = 8
	mostFrame = 16 << 20
	fragment  = 16 << 10
)

// badFrame is what is not in the engine's form.
type badFrame struct{ text string }

func (e *badFrame) Error() string { return "read the log stream: " + e.text }

// frames reads the stream of a container without a TTY: for each line or
// fragment a header of 8 bytes (the stream, three zeros, the length as
// big-endian uint32) and then its timestamp, a space, and the text.
type frames struct {
	r    io.Reader
	head [headLen]byte
}

// next reads the header of the next frame. io.EOF says that the log ended between two frames.
func (f *frames) next() (record.Stream, int, error) {
	if _, err := io.ReadFull(f.r, f.head[:]); err != nil {
		return 0, 0, err
	}
	n := binary.BigEndian.Uint32(f.head[4:])
	switch {
	case f.head[1]|f.head[2]|f.head[3] != 0 || n > mostFrame:
		return 0, 0, &badFrame{fmt.Sprintf("a frame begins with %x", f.head)}
	case f.head[0] == 1:
		return record.Stdout, int(n), nil
	case f.head[0] == 2:
		return record.Stderr, int(n), nil
	case f.head[0] == 3: // the engine's own words, when it fails within a stream
		text := make([]byte, min(n, 4<<10))
		_, _ = io.ReadFull(f.r, text) // what is there is told
		return 0, 0, &badFrame{"docker says: " + string(bytes.TrimSpace(text))}
	}
	return 0, 0, &badFrame{fmt.Sprintf("a frame of stream %d", f.head[0])}
}
