package deliver

import (
	"maps"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// Stats is what became of the records of one sink. At every moment
// Read = Delivered + the sum of Dropped + the sum of DeadLettered + Queued.
type Stats struct {
	Read         uint64 // what the queue on disk held at the start included; what a removed sink has left in it not
	Delivered    uint64
	Dropped      map[string]uint64 // by reason
	DeadLettered map[string]uint64 // by reason
	Queued       uint64            // waiting or being written
	QueuedBytes  int64             // memory that they hold, or bytes on disk
	QueueBytes   int64             // that the queue may have of them
	Disk         bool              // they are on disk, and the next run has them
	Batches      uint64            // delivered
	Retries      uint64            // writes that failed and are tried again
	LastSuccess  time.Time         // zero: none yet
	Failing      bool              // the last write failed
	BreakerOpen  bool              // it has failed so often that it is only probed
	WritingFrom  time.Time         // when the write that is under way began; zero: none is
	WaitingFrom  time.Time         // since when the one waits that has waited longest for room; zero: nobody does
	StoringFrom  time.Time         // since when the one waits that has waited longest for its queue on disk to take what it has, for whatever reason; zero: nobody does
}

func (d *Deliverer) delivered(batches []*record.Batch) {
	n := uint64(0)
	for _, b := range batches {
		n += uint64(len(b.Records))
	}
	d.proven = true
	d.answered()
	d.mu.Lock()
	d.stats.Delivered += n
	d.stats.Queued -= n
	d.stats.LastSuccess, d.stats.Failing = time.Now(), false
	d.mu.Unlock()
	d.cfg.Board.Clear("sink " + d.cfg.Name)
}

// answered closes the breaker.
func (d *Deliverer) answered() {
	d.breaker.answer()
	d.mu.Lock()
	d.stats.BreakerOpen = false
	d.mu.Unlock()
}

func (d *Deliverer) failed(err error) {
	d.breaker.fail()
	if d.breaker.open() {
		err = &broken{err, d.breaker.after}
	}
	d.mu.Lock()
	d.stats.Retries++
	d.stats.Failing = true
	d.stats.BreakerOpen = d.breaker.open()
	d.mu.Unlock()
	d.cfg.Board.Raise("sink "+d.cfg.Name, err)
}

// Stats is one consistent look; from any goroutine.
func (d *Deliverer) Stats() Stats {
	d.mu.Lock()
	s := d.stats
	s.Dropped, s.DeadLettered = maps.Clone(s.Dropped), maps.Clone(s.DeadLettered)
	s.QueuedBytes, s.QueueBytes, s.Disk = d.bytes, d.cfg.QueueBytes, d.cfg.Queue != nil
	if d.cfg.Queue != nil && d.retired && d.gone { // they are a matter of the next sink of that name
		s.Read, s.Queued = s.Read-s.Queued, 0
	}
	if len(d.waiting) > 0 {
		s.WaitingFrom = d.waiting[0].since // they are let in in their order
	}
	for st := range d.stores {
		s.StoringFrom = earlier(s.StoringFrom, st.since)
		s.WaitingFrom = earlier(s.WaitingFrom, st.fullFrom)
	}
	d.mu.Unlock()
	if d.cfg.Queue != nil { // its lock is taken before ours elsewhere
		q := d.cfg.Queue.Stats()
		s.QueueBytes = q.Bound
		if s.Queued > 0 {
			s.QueuedBytes = q.Bytes
		}
	}
	return s
}

// earlier is the earlier of two times; zero ones are none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
