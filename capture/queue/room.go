package queue

import (
	"context"
	"errors"
	"os"
)

// room is nil when an entry of size bytes may be written, or what has to be waited for.
func (q *Queue) room(size int64, account Account, over bool) (*wait, error) {
	size += startBytes // it may be the first one of its segment
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		if q.closed {
			return nil, ErrClosed
		}
		if q.taken == q.next && q.used()+size > q.opts.Bytes {
			q.removeAll() // nothing in it is needed
		}
		fits := q.used()+size <= q.opts.Bytes || len(q.segs) == 0
		switch {
		case !fits && q.opts.Full == DropOldest:
			if dropped := q.dropOldest(); dropped > 0 {
				account(0, dropped)
			}
		case over, fits && q.held < 2*mostHeld:
			return nil, nil
		case !fits && q.hurried:
			return nil, ErrClosed
		default:
			return &wait{q.moved, !fits}, nil
		}
	}
}

// wait is for what an Append waits: without its turn, so that one that may exceed the bound can go first.
type wait struct {
	moved <-chan struct{} // closed when there may be room
	full  bool            // of the queue; else for a sync
}

// wait returns when there may be room.
func (q *Queue) wait(ctx context.Context, w *wait, account Account) error {
	if w.full {
		q.mu.Lock()
		q.stuck++
		q.mu.Unlock()
		account(0, 0)
		defer func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.stuck--
		}()
	}
	select {
	case <-w.moved:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Hurry says that nobody waits for room any more: an Append that finds none, or waits for some, gets ErrClosed.
func (q *Queue) Hurry() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hurried = true
	close(q.moved)
	q.moved = make(chan struct{})
}

// The functions below are called under the lock.

// used is the bytes of all segments.
func (q *Queue) used() (n int64) {
	for _, s := range q.segs {
		n += s.size
	}
	return n
}

// dropOldest removes the oldest segment, and says how many of its records nobody has read.
// Those that are being delivered stay out of it: the sink has them.
func (q *Queue) dropOldest() (dropped uint64) {
	s := q.segs[0]
	if q.readAt < s.end {
		dropped = s.end - max(q.readAt, s.first)
		q.readAt = s.end
	}
	q.removeFirst()
	return dropped
}

// removeTaken removes the segments of which everything is delivered. The active one stays.
func (q *Queue) removeTaken() {
	removed := false
	for len(q.segs) > 0 && q.segs[0].end <= q.taken && (len(q.segs) > 1 || !q.active) {
		q.removeFirst()
		removed = true
	}
	if removed || q.stuck > 0 {
		q.signal()
	}
}

func (q *Queue) removeAll() {
	for len(q.segs) > 0 {
		q.removeFirst()
	}
}

func (q *Queue) removeFirst() {
	s := q.segs[0]
	if len(q.segs) == 1 {
		q.active = false
	}
	q.segs = append(q.segs[:0], q.segs[1:]...)
	s.removed = true
	q.taken = max(q.taken, s.end)
	// One that cannot be removed is removed at the next start: its records lie before the cursor or the others.
	_ = os.Remove(q.path(s.first))
	q.release(s)
}

// release closes the file of a segment that is written to no more, unless it has to be synced first.
func (q *Queue) release(s *segment) {
	writing := q.active && len(q.segs) > 0 && s == q.segs[len(q.segs)-1]
	if s.file != nil && s.pending == 0 && !writing {
		_ = s.file.Close() // everything was written and, if that was asked for, synced
		s.file = nil
	}
}

// signal wakes everybody who waits for room.
func (q *Queue) signal() {
	close(q.moved)
	q.moved = make(chan struct{})
}

// segmentFor is the segment in which size bytes are written: the active one, or a new one when that is full.
// It is called without the lock, by the Append whose turn it is.
func (q *Queue) segmentFor(size int64) (*segment, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if n := len(q.segs); q.active && (q.segs[n-1].size+size <= q.most || q.segs[n-1].size == startBytes) {
		return q.segs[n-1], nil
	}
	f, err := os.OpenFile(q.path(q.next), os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt(appendStart(nil, q.next), 0); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	var before *segment
	if q.active {
		before = q.segs[len(q.segs)-1]
	}
	s := &segment{first: q.next, end: q.next, size: startBytes, file: f}
	q.segs, q.active = append(q.segs, s), true
	if before != nil {
		q.release(before)
	}
	return s, nil
}
