package queue

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/cespare/xxhash/v2"

	"github.com/logcap/logcap/capture/record"
)

// reader is the place in a segment up to which was read. Read alone uses it.
type reader struct {
	decoder decoder
	seg     *segment
	file    *os.File
	at      int64  // of the next entry
	buf     []byte // of the file, from bufAt on
	bufAt   int64
	lost    []string // what was damaged, for the error of Read
}

// readAhead is how much of a segment is read at once, in bytes.
const readAhead = 256 << 10

// Damage is what Read could not give because the disk did not give it.
type Damage struct {
	Records uint64
	Where   []string // file, place, reason
}

func (d *Damage) Error() string {
	s := fmt.Sprintf("read the queue: %d records are damaged: %s", d.Records, d.Where[0])
	if n := len(d.Where) - 1; n > 0 {
		s += fmt.Sprintf(", and %d more places", n)
	}
	return s
}

// Hint is the next step.
func (d *Damage) Hint() string {
	return "look at the disk; logcap capture queue fsck names every place"
}

// Read gives the next batch, nil when there is none yet, and what Ack is told when it is delivered. It has no
// position and nobody to acknowledge it to: Release gives it back. The records of a *Damage are
// passed over; Read goes on behind them the next time. Any other error is the disk's and may pass.
func (q *Queue) Read() (b *record.Batch, end uint64, err error) {
	for {
		b, end, lost, more, err := q.reader.next(q)
		switch {
		case err != nil:
			return nil, 0, err
		case lost > 0:
			d := &Damage{lost, q.reader.lost}
			q.reader.lost = nil
			return nil, 0, d
		case b != nil || !more:
			return b, end, nil
		}
	}
}

// next looks at one entry. more says that it is worth to look again.
func (r *reader) next(q *Queue) (b *record.Batch, behind, lost uint64, more bool, err error) {
	q.mu.Lock()
	at := q.readAt
	s, limit, end, last := q.locate(at)
	q.mu.Unlock()
	if s == nil {
		return nil, 0, 0, false, nil
	}
	if err := r.open(q, s); errors.Is(err, fs.ErrNotExist) { // somebody has removed it
		r.seg = s
		r.damaged(at, end, 0, err)
		return nil, 0, q.skip(at, end), true, nil
	} else if err != nil {
		return nil, 0, 0, false, err
	}
	if r.at >= limit {
		if last && at >= end {
			return nil, 0, 0, false, nil
		}
		r.damaged(at, end, r.at, errors.New("its end is missing"))
		return nil, 0, q.skip(at, end), true, nil
	}
	h, payload, err := r.entry(s, limit)
	switch {
	case errors.Is(err, errNoEntry):
		err = r.resync(s, limit)
		return nil, 0, 0, err == nil, err
	case err != nil:
		return nil, 0, 0, false, err
	case h.end() <= at: // delivered before
		r.at += h.bytes()
		return nil, 0, 0, true, nil
	case h.end() > end:
		r.at += h.bytes()
		return nil, 0, 0, true, nil
	case h.first > at:
		r.damaged(at, h.first, r.at, errors.New("what stands before it is no entry"))
		return nil, 0, q.skip(at, h.first), true, nil
	}
	if xxhash.Sum64(payload) != h.sum {
		err = errors.New("its checksum does not match")
	} else {
		b, err = r.decoder.batch(payload, h.records)
	}
	place := r.at
	r.at += h.bytes()
	if err != nil {
		r.damaged(at, h.end(), place, err)
		return nil, 0, q.skip(at, h.end()), true, nil
	}
	b.Records = b.Records[at-h.first:]
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.readAt != at { // dropped in the meantime
		b.Release()
		r.forget()
		return nil, 0, 0, true, nil
	}
	q.readAt = h.end()
	return b, h.end(), 0, false, nil
}

// locate is the segment that holds a record, how much of it is there, and the number behind its last record.
func (q *Queue) locate(at uint64) (s *segment, limit int64, end uint64, last bool) {
	for i, s := range q.segs {
		if at < s.end {
			return s, s.size, s.end, q.active && i == len(q.segs)-1
		}
	}
	return nil, 0, 0, false
}

// skip passes over the records [at, to), unless they were dropped in the meantime, and says how many those are.
func (q *Queue) skip(at, to uint64) uint64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.readAt != at {
		return 0
	}
	q.readAt = to
	return to - at
}

func (r *reader) damaged(from, to uint64, at int64, why error) {
	r.lost = append(r.lost, fmt.Sprintf("%s, byte %d, records %d to %d: %v", segmentName(r.seg.first), at, from, to-1, why))
}

// open makes s the segment that is read.
func (r *reader) open(q *Queue, s *segment) error {
	if r.seg == s && r.file != nil {
		return nil
	}
	if err := r.close(); err != nil {
		return err
	}
	f, err := os.Open(q.path(s.first))
	if err != nil {
		return err
	}
	r.seg, r.file, r.at, r.buf, r.bufAt = s, f, startBytes, r.buf[:0], 0
	return nil
}

// forget has the next look begin at the beginning of a segment.
func (r *reader) forget() {
	_ = r.close() // it was only read
	r.seg = nil
}

func (r *reader) close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// errNoEntry says that where one should be there is none.
var errNoEntry = errors.New("no entry")

// entry is the one at r.at, with its payload, which is good until the next call.
func (r *reader) entry(s *segment, limit int64) (head, []byte, error) {
	b, err := r.bytes(headBytes, limit)
	if err != nil {
		return head{}, nil, err
	}
	h, ok := parseHead(b, s.first)
	if !ok || r.at+h.bytes() > limit {
		return head{}, nil, errNoEntry
	}
	if b, err = r.bytes(h.bytes(), limit); err != nil {
		return head{}, nil, err
	}
	return h, b[headBytes:], nil
}

// bytes are the n from r.at on.
func (r *reader) bytes(n, limit int64) ([]byte, error) {
	if r.at+n > limit {
		return nil, errNoEntry
	}
	from := r.at - r.bufAt
	if from < 0 || from+n > int64(len(r.buf)) {
		size := min(max(n, readAhead), limit-r.at)
		if int64(cap(r.buf)) < size || cap(r.buf) > mostHeld && size <= readAhead {
			r.buf = make([]byte, size)
		}
		r.buf = r.buf[:size]
		got, err := r.file.ReadAt(r.buf, r.at)
		if err != nil && !errors.Is(err, io.EOF) {
			r.buf = r.buf[:0]
			return nil, err
		}
		r.buf, r.bufAt, from = r.buf[:got], r.at, 0
		if int64(got) < n {
			return nil, errNoEntry // the file is shorter than it was
		}
	}
	return r.buf[from : from+n], nil
}

// resync goes on to the next head behind r.at, or to the end of the segment.
func (r *reader) resync(s *segment, limit int64) error {
	data := make([]byte, limit-r.at)
	n, err := r.file.ReadAt(data, r.at)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if n > 0 {
		n = 1 + nextHead(data[1:n], s.first)
	}
	if n == 0 || n >= len(data) || r.at+int64(n) >= limit {
		r.at = limit
		return nil
	}
	r.at += int64(n)
	return nil
}
