package tap

import (
	"context"
	"strconv"
	"sync"

	"github.com/logcap/logcap/capture/record"
)

// A tap holds so many bytes for a reader that is slower than what passes, in chunks of so many.
const (
	mostBytes  = 4 << 20
	chunkBytes = 64 << 10
)

// Records are encoded and given over in steps of so many bytes: a batch that finds no room for all of it leaves in its beginning.
const (
	stepBytes   = 16 << 10
	recordBytes = 128 // what a record has beside its message, about
	leastLine   = 64  // no line is shorter: a time and the names of the fields
)

// Tap is one who looks.
type Tap struct {
	hub    *Hub
	filter filter
	news   chan struct{} // holds a token when there may be something to read

	mu     sync.Mutex
	chunks [][]byte // whole lines; the last one is filled
	held   int      // bytes of memory in chunks
	missed uint64   // records since the last one that found room
	lent   []byte   // the chunk that is being read
	spare  [][]byte // those that were, for the next lines
	closed bool
}

// show gives over the records of b that the filter takes.
func (t *Tap) show(s *scratch, b *record.Batch) {
	from, size := 0, 0 // of the records that are taken one after the other
	for i := range b.Records {
		message := b.Message(i)
		if !t.filter.matches(message) {
			t.give(s, b, from, i)
			from, size = i+1, 0
			continue
		}
		if size += len(message) + recordBytes; size >= stepBytes {
			t.give(s, b, from, i+1)
			from, size = i+1, 0
		}
	}
	t.give(s, b, from, len(b.Records))
}

// give adds the records [from, to) of b, or counts them.
func (t *Tap) give(s *scratch, b *record.Batch, from, to int) {
	if from == to || t.full(uint64(to-from)) {
		return
	}
	s.lines = s.encoder.AppendLines(s.lines[:0], b, from, to)
	t.add(s.lines, uint64(to-from))
}

// full spares the encoding of n records that are not to be read any more, or find no room.
func (t *Tap) full(n uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held+chunkBytes > mostBytes && uint64(t.left()) < n*leastLine {
		t.missed += n
		return true
	}
	return t.closed
}

// left is the room in the chunk that is filled, in bytes.
func (t *Tap) left() int {
	if len(t.chunks) == 0 {
		return 0
	}
	last := t.chunks[len(t.chunks)-1]
	return cap(last) - len(last)
}

// mostNote is how long a line is that tells of missed records, at most, in bytes.
const mostNote = 40

// add copies the lines of n records to where they are read.
func (t *Tap) add(lines []byte, n uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	need := len(lines)
	if t.missed > 0 {
		need += mostNote
	}
	if t.left() < need && !t.grow(need) {
		t.missed += n
		t.wake() // one line that is larger than all the room is missed although there is nothing else to read
		return
	}
	last := &t.chunks[len(t.chunks)-1]
	*last = append(t.note(*last), lines...)
	t.wake()
}

// grow adds a chunk with room for need bytes; false says that there may be no more.
func (t *Tap) grow(need int) bool {
	size := max(need, chunkBytes)
	if t.held+size > mostBytes {
		return false
	}
	var chunk []byte
	if n := len(t.spare); n > 0 && size == chunkBytes {
		chunk, t.spare = t.spare[n-1], t.spare[:n-1]
	} else {
		chunk = make([]byte, 0, size)
	}
	t.held += cap(chunk)
	t.chunks = append(t.chunks, chunk[:0])
	return true
}

// note adds the line that tells of missed records, when there are any.
func (t *Tap) note(lines []byte) []byte {
	if t.missed == 0 {
		return lines
	}
	lines = append(lines, `{"missed":`...)
	lines = strconv.AppendUint(lines, t.missed, 10)
	t.missed = 0
	return append(lines, "}\n"...)
}

func (t *Tap) wake() {
	select {
	case t.news <- struct{}{}:
	default:
	}
}

// Read waits for lines and gives some: records as JSON, in the order in which they passed, and
// {"missed":N} where N were left out. They stay as they are until the next call. What is there is given also when ctx is
// done; then comes its error. It is for one goroutine.
func (t *Tap) Read(ctx context.Context) ([]byte, error) {
	for {
		if lines := t.take(); lines != nil {
			return lines, nil
		}
		select {
		case <-t.news:
		case <-ctx.Done():
			if lines := t.take(); lines != nil {
				return lines, nil
			}
			return nil, ctx.Err()
		}
	}
}

// take is the oldest chunk; nil when there is none.
func (t *Tap) take() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lent != nil {
		t.spare, t.lent = append(t.spare, t.lent), nil
	}
	if len(t.chunks) == 0 {
		if t.missed == 0 {
			return nil
		}
		return t.note(nil) // after all that was there
	}
	chunk := t.chunks[0]
	t.chunks = t.chunks[1:]
	t.held -= cap(chunk)
	if cap(chunk) == chunkBytes {
		t.lent = chunk
	}
	return chunk
}

// Close ends the tap; nothing is kept for it any more.
func (t *Tap) Close() {
	t.hub.close(t)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed, t.chunks, t.lent, t.spare = true, nil, nil, nil
}
