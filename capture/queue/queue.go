// Package queue is a bounded queue of batches on disk, between the sources and
// one sink: what was put in survives the end of the process, however it ends.
//
// A queue is a directory of segments, files of checksummed entries that are
// written once and removed when all of them are delivered, and a cursor that
// says how far that is. Records are numbered for as long as the queue lives, so
// that what damage or a full queue costs is known to the record.
//
// Batches go in by Append, come out by Read, and are done with by Ack. A batch
// that was appended is acknowledged to its source when it is as safe as the
// policy of syncing asks for. Nothing here logs: errors go to the caller.
package queue

import (
	"errors"
	"os"
	"path/filepath"
	"sync"

	"github.com/logcap/logcap/capture/record"
)

// Full is what happens when the queue has reached its bound.
type Full uint8

// What may happen then.
const (
	Block      Full = iota // Append waits
	DropOldest             // the oldest segment goes
)

// Options are what a queue is opened with.
type Options struct {
	Dir   string // made when it is not there
	Bytes int64  // of its segments; 0: 1 GiB. A batch that is larger goes in alone
	Full  Full
	Sync  Sync
	Pool  *record.Pool // of the batches that Read gives; nil: one is made
}

// Opened is what Open found.
type Opened struct {
	Waiting uint64  // records that are not delivered; those that turn out to be damaged included
	Notes   []error // what was cut off or put right, and cost nothing that was acknowledged as synced
}

// Account is told of records that go in and of those that are dropped to make
// room, before Read can give the first and after it can no more give the second: under
// the queue's lock, so it must not call the queue. With two zeros it says that an Append begins to wait for room.
type Account func(added, dropped uint64)

// Queue is one queue that is open. Append may be called from several goroutines, Read and Ack from one, Run once.
type Queue struct {
	opts    Options
	cursor  *cursor
	most    int64         // bytes of a segment
	turn    chan struct{} // held by the Append that writes
	scratch []byte        // of that one
	reader  reader
	work    chan struct{} // a token: there is something to sync

	mu      sync.Mutex
	segs    []*segment // the last one is written to when active
	active  bool
	next    uint64 // number of the next record that is appended
	readAt  uint64 // of the next one that Read gives
	taken   uint64 // of the first one that is not delivered
	pending []unsynced
	held    int64         // memory of the batches in pending
	rewrite bool          // a sync has failed: what is pending may not be on the disk
	stuck   int           // Appends that wait for room
	moved   chan struct{} // closed, and made anew, when there may be room
	hurried bool
	closed  bool
}

// mostHeld is the memory of batches that wait to be synced; then it is synced early, and at twice as much Append waits.
const mostHeld = 4 << 20

// ErrClosed is the answer of Append after Close.
var ErrClosed = errors.New("the queue is closed")

// Open opens the queue in a directory, and makes it when it is not there. What
// is unfinished at its end is cut off. The directory belongs to one process.
func Open(o Options) (*Queue, Opened, error) {
	if o.Bytes == 0 {
		o.Bytes = 1 << 30
	}
	if o.Pool == nil {
		o.Pool = &record.Pool{}
	}
	q := &Queue{
		opts: o, most: max(64<<10, min(mostSegment, o.Bytes/16)),
		turn: make(chan struct{}, 1), work: make(chan struct{}, 1), moved: make(chan struct{}),
	}
	q.reader.decoder.pool = o.Pool
	found, err := q.open()
	if err != nil {
		if q.cursor != nil {
			_ = q.cursor.close() // nothing was written
		}
		return nil, Opened{}, opening(o.Dir, err)
	}
	return q, found, nil
}

func (q *Queue) open() (found Opened, err error) {
	if err := os.MkdirAll(q.opts.Dir, 0o700); err != nil {
		return found, err
	}
	if q.cursor, err = openCursor(filepath.Join(q.opts.Dir, cursorName)); err != nil {
		return found, err
	}
	if err := writable(q.opts.Dir); err != nil {
		return found, err
	}
	numbers, err := segmentsIn(q.opts.Dir)
	if err != nil {
		return found, err
	}
	for len(numbers) > 0 { // the last one that holds an entry ends the queue
		last := numbers[len(numbers)-1]
		end, keep, size, err := lastSegment(q.opts.Dir, last)
		if err != nil {
			return found, err
		}
		if note := unfinished(q.path(last), keep, size); note != nil {
			found.Notes = append(found.Notes, note)
		}
		if keep > 0 {
			if err := q.adopt(numbers, end, keep, size); err != nil {
				return found, err
			}
			break
		}
		if err := os.Remove(q.path(last)); err != nil {
			return found, err
		}
		numbers = numbers[:len(numbers)-1]
	}
	q.taken = q.cursor.taken
	q.next = q.taken
	if n := len(q.segs); n > 0 {
		q.taken = max(q.taken, q.segs[0].first)
		q.next = max(q.taken, q.segs[n-1].end)
	}
	q.readAt = q.taken
	q.removeTaken()
	found.Waiting = q.next - q.taken
	return found, nil
}

// adopt takes over the segments of the run before. They are only read from now on.
func (q *Queue) adopt(numbers []uint64, end uint64, keep, size int64) error {
	for i, n := range numbers {
		if err := readable(q.path(n), n); err != nil {
			return err
		}
		s := &segment{first: n, end: end, size: keep, synced: true}
		if i+1 < len(numbers) {
			info, err := os.Stat(q.path(n))
			if err != nil {
				return err
			}
			s.end, s.size = numbers[i+1], info.Size()
		} else if size > keep {
			if err := os.Truncate(q.path(n), keep); err != nil {
				return err
			}
		}
		q.segs = append(q.segs, s)
	}
	return nil
}

func (q *Queue) path(first uint64) string { return filepath.Join(q.opts.Dir, segmentName(first)) }

// Ack says that everything up to the batch that Read gave with end is delivered, and removes the segments that are
// not needed any more. An error costs records twice after a restart, and nothing now.
func (q *Queue) Ack(end uint64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	q.taken = max(q.taken, end)
	q.removeTaken()
	return q.cursor.save(q.taken)
}

// Stats are of one moment.
type Stats struct {
	Waiting  uint64 // records that are not delivered
	Bytes    int64  // of all segments
	Bound    int64  // of them
	Segments int
	Blocks   bool // when it is full, Append waits
	Blocked  bool // one waits
}

// Stats can be asked from any goroutine.
func (q *Queue) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Stats{q.next - q.taken, q.used(), q.opts.Bytes, len(q.segs), q.opts.Full == Block, q.stuck > 0}
}

// Close ends the queue after the last Read and Ack, and when Run has ended; an Append that comes later, or waits, is refused. What is in it stays for the next Open.
// What was appended since Run's last sync is synced and acknowledged: its source may go on for long.
func (q *Queue) Close() error {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return nil
	}
	q.closed = true
	q.signal() // an Append that waits for room ends, and lets the next one see it
	q.mu.Unlock()
	q.turn <- struct{}{}
	defer func() { <-q.turn }()
	err := q.sync()
	q.mu.Lock()
	defer q.mu.Unlock()
	err = errors.Join(err, q.reader.close())
	for _, s := range q.segs {
		if s.file != nil {
			err = errors.Join(err, s.file.Close())
		}
	}
	return errors.Join(err, q.cursor.close())
}
