package queue

import (
	"context"

	"github.com/logcap/logcap/capture/record"
)

// Append writes b behind everything else and counts it by account. It waits for
// room, or makes some, as the policy says. After nil the queue calls
// b.Done, possibly before it returns; after an error nothing has happened to b, and the same call may succeed later.
func (q *Queue) Append(ctx context.Context, b *record.Batch, account Account) error {
	return q.append(ctx, b, account, false)
}

// Exceed is Append that waits for no room: the queue goes over its bound by b, for what does not come from a
// source that could wait.
func (q *Queue) Exceed(ctx context.Context, b *record.Batch, account Account) error {
	return q.append(ctx, b, account, true)
}

func (q *Queue) append(ctx context.Context, b *record.Batch, account Account, over bool) error {
	if len(b.Records) == 0 {
		b.Done()
		return nil
	}
	for {
		w, err := q.try(ctx, b, account, over)
		if w == nil {
			return err
		}
		if err := q.wait(ctx, w, account); err != nil {
			return err
		}
	}
}

// try writes b, or gives what has to be waited for.
func (q *Queue) try(ctx context.Context, b *record.Batch, account Account, over bool) (_ *wait, err error) {
	select {
	case q.turn <- struct{}{}:
		defer func() { <-q.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	// The segment is not known yet, and neither is whether the number stays: the head is written last.
	if q.scratch, err = appendEntry(shrunk(q.scratch), b, 0, 0); err != nil {
		return nil, err
	}
	size := int64(len(q.scratch))
	if w, err := q.room(size, account, over); w != nil || err != nil {
		return w, err
	}
	s, err := q.segmentFor(size)
	if err != nil {
		return nil, err
	}
	h, _ := parseHead(q.scratch, 0)
	h.first = s.end
	h.put(q.scratch, s.first)
	if _, err := s.file.WriteAt(q.scratch, s.size); err != nil {
		_ = s.file.Truncate(s.size) // the next try writes to the same place; this gives the room back at once
		return nil, err
	}
	q.publish(s, b, size, account)
	return nil, nil
}

// shrunk is buf, emptied; one that a large batch has made large does not stay so.
func shrunk(buf []byte) []byte {
	if cap(buf) > mostHeld && len(buf) < cap(buf)/4 {
		return nil
	}
	return buf[:0]
}

// publish makes what was written readable, and acknowledges b or has it synced.
func (q *Queue) publish(s *segment, b *record.Batch, size int64, account Account) {
	n := uint64(len(b.Records))
	q.mu.Lock()
	account(n, 0)
	at := s.size
	s.size += size
	s.end += n
	q.next = s.end
	if q.opts.Sync.Never {
		q.mu.Unlock()
		b.Done()
		return
	}
	s.pending++
	q.pending = append(q.pending, unsynced{s, at, s.end - n, b})
	q.held += b.Size()
	q.mu.Unlock()
	q.wake()
}
