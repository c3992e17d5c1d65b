package deliver_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// dest is a sink that answers each Write with what its script says.
type dest struct {
	limits sink.Limits
	answer func(n int, batches []*record.Batch) error // n counts Writes from 1; nil: everything is taken
	stall  chan struct{}                              // a Write waits for it, or for its ctx; nil: no waiting

	mu     sync.Mutex
	writes int
	got    []string // the texts that were acknowledged
	most   int      // batches in one Write
}

func (s *dest) Write(ctx context.Context, batches []*record.Batch) error {
	s.mu.Lock()
	s.writes++
	n := s.writes
	s.mu.Unlock()
	if s.stall != nil {
		select {
		case <-s.stall:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.answer != nil {
		if err := s.answer(n, batches); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most = max(s.most, len(batches))
	for _, b := range batches {
		for i := range b.Records {
			s.got = append(s.got, string(b.Message(i)))
		}
	}
	return nil
}

func (s *dest) Limits() sink.Limits { return s.limits }
func (s *dest) Close() error        { return nil }

func (s *dest) texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.got...)
}

// asked is the number of Writes, and the most batches that one of them took.
func (s *dest) asked() (writes, most int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes, s.most
}

// mark is a position that notes that it was committed.
type mark struct {
	n   int
	log *marks
}

type marks struct {
	mu   sync.Mutex
	done []int
}

func (m mark) Commit() {
	m.log.mu.Lock()
	defer m.log.mu.Unlock()
	m.log.done = append(m.log.done, m.n)
}

func (l *marks) all() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]int(nil), l.done...)
}

// batch holds one record a text.
func batch(pool *record.Pool, texts ...string) *record.Batch {
	b := pool.Get(&record.Origin{Key: "test", Name: "test"}, 256)
	for _, text := range texts {
		b.Append(record.Record{Time: 1}, []byte(text))
	}
	return b
}

// numbered is the texts from to to-1.
func numbered(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("%04d", i))
	}
	return all
}

// running is a Deliverer at work. stop closes it and waits until it has ended.
func running(t *testing.T, cfg deliver.Config) (d *deliver.Deliverer, stop func() error) {
	t.Helper()
	return runningCtx(t, t.Context(), cfg)
}

func runningCtx(t *testing.T, ctx context.Context, cfg deliver.Config) (*deliver.Deliverer, func() error) {
	t.Helper()
	d := deliver.New(cfg)
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	return d, func() error {
		d.Close()
		return <-ended
	}
}

func put(t *testing.T, d *deliver.Deliverer, b *record.Batch) {
	t.Helper()
	b.Hold(1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if err := d.Put(ctx, b); err != nil {
		t.Fatal(err)
	}
}

// balanced fails when Read is not what has become of the records.
func balanced(t *testing.T, s deliver.Stats) {
	t.Helper()
	sum := s.Delivered + s.Queued
	for _, n := range s.Dropped {
		sum += n
	}
	for _, n := range s.DeadLettered {
		sum += n
	}
	if s.Read != sum {
		t.Errorf("read %d, and delivered %d + dropped %v + dead-lettered %v + queued %d = %d", s.Read, s.Delivered, s.Dropped, s.DeadLettered, s.Queued, sum)
	}
}
