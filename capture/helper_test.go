package capture_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// counting is a source of origins whose records are numbers, each once and in
// order. It outlives collectors: what one has committed the next one goes on from.
type counting struct {
	name    string
	origins int
	until   int // numbers of each origin; 0: it goes on until ctx ends
	seed    uint64

	mu        sync.Mutex
	committed []int // of each origin: so many are acknowledged
	changed   bool
	lines     uint64
	busy      sync.WaitGroup
}

func (s *counting) Name() string { return s.name }

func (s *counting) Run(ctx context.Context, out source.Output) error {
	s.busy.Add(1)
	defer s.busy.Done()
	var all sync.WaitGroup
	for i := range s.origins {
		all.Go(func() { s.origin(ctx, i, out) })
	}
	all.Wait()
	return nil
}

func (s *counting) key(i int) string { return fmt.Sprintf("%s-%d", s.name, i) }

func (s *counting) origin(ctx context.Context, i int, out source.Output) {
	random := rand.New(rand.NewPCG(s.seed, uint64(i)))
	o := &record.Origin{Key: s.key(i), Source: s.name, Name: s.key(i)}
	to := out.Open(o.Key)
	defer to.Close(ctx)
	s.mu.Lock()
	next := s.committed[i]
	s.mu.Unlock()
	for ctx.Err() == nil && (s.until == 0 || next < s.until) {
		b := out.Pool().Get(o, 256)
		for range 1 + random.IntN(20) {
			if s.until > 0 && next >= s.until {
				break
			}
			b.Append(record.Record{Time: int64(next)}, strconv.AppendInt(nil, int64(next), 10))
			next++
		}
		b.Position = &place{s, i, next}
		n := len(b.Records)
		if to.Send(ctx, b) != nil {
			return
		}
		s.mu.Lock()
		s.lines += uint64(n)
		s.mu.Unlock()
	}
}

// place is a position of a counting source.
type place struct {
	s      *counting
	origin int
	next   int
}

func (p *place) Commit() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if p.next < p.s.committed[p.origin] {
		panic("positions are committed backwards")
	}
	p.s.committed[p.origin], p.s.changed = p.next, true
}

func (s *counting) State() (source.State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	state := source.State{}
	for i, n := range s.committed {
		state[s.key(i)] = json.RawMessage(strconv.Itoa(n))
	}
	changed := s.changed
	s.changed = false
	return state, changed
}

func (s *counting) Stats() source.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return source.Stats{Lines: s.lines, Active: s.origins}
}

// collecting is a sink that keeps what it has acknowledged, and fails as it is told.
type collecting struct {
	fail func(ctx context.Context, batches []*record.Batch) error
	down atomic.Bool

	mu     sync.Mutex
	got    map[string][]int // by origin
	closed int
}

// idle waits for the Write that is under way.
func (c *collecting) idle() {
	c.mu.Lock()
	defer c.mu.Unlock()
}

func (s *collecting) Write(ctx context.Context, batches []*record.Batch) error {
	if s.down.Load() {
		return errors.New("down")
	}
	if s.fail != nil {
		if err := s.fail(ctx, batches); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.got == nil {
		s.got = map[string][]int{}
	}
	for _, b := range batches {
		for i := range b.Records {
			n, err := strconv.Atoi(string(b.Message(i)))
			if err != nil {
				return err
			}
			s.got[b.Origin.Key] = append(s.got[b.Origin.Key], n)
		}
	}
	return nil
}

func (s *collecting) Limits() sink.Limits { return sink.Limits{Bytes: 4 << 10} }

func (s *collecting) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed++
	return nil
}

// refused is what a collecting sink of these tests refuses for good.
func refused(n int) bool { return n%97 == 13 }

// failing fails now and then, in every way that a sink can; refuses says whether some records are refused for good.
func failing(seed uint64, refuses bool) func(context.Context, []*record.Batch) error {
	random := rand.New(rand.NewPCG(seed, 1)) // Writes come one at a time
	return func(ctx context.Context, batches []*record.Batch) error {
		switch random.IntN(12) {
		case 0:
			return errors.New("connection reset")
		case 1:
			return &sink.Unavailable{Err: errors.New("answered 503"), After: 1}
		}
		for _, b := range batches {
			for i := range b.Records {
				if n, err := strconv.Atoi(string(b.Message(i))); refuses && err == nil && refused(n) {
					return &sink.Rejected{Reason: "invalid", Err: errors.New("answered 400")}
				}
			}
		}
		return nil
	}
}
