package capture_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// talking is a source of one origin that writes lines to both of its streams,
// in batches of any size. Whatever it is told to commit must have been taken by the sink.
type talking struct {
	t     *testing.T
	lines []string
	from  int // where it begins
	until int // where it is killed: nothing is closed then
	seed  uint64
	to    *texts

	mu        sync.Mutex
	committed int
}

func (s *talking) Name() string { return "talk" }

func (s *talking) State() (source.State, bool) { return nil, false }

func (s *talking) Stats() source.Stats { return source.Stats{} }

func streamOf(i int) record.Stream { return record.Stdout + record.Stream(i/7%2) }

func (s *talking) Run(ctx context.Context, out source.Output) error {
	random := rand.New(rand.NewPCG(s.seed, 9))
	o := &record.Origin{Key: "talk"}
	to := out.Open(o.Key)
	for next := s.from; next < s.until; {
		b := out.Pool().Get(o, 64)
		for n := random.IntN(9); n > 0 && next < s.until; n-- {
			b.Append(record.Record{Stream: streamOf(next)}, []byte(s.lines[next]))
			next++
		}
		b.Position = &told{s, next}
		if err := to.Send(ctx, b); err != nil {
			return nil
		}
		switch random.IntN(20) {
		case 0:
			time.Sleep(2 * time.Second) // what is held goes out
		case 1, 2:
			time.Sleep(time.Millisecond)
		}
	}
	if s.until < len(s.lines) {
		<-ctx.Done()
		return nil
	}
	return to.Close(ctx)
}

type told struct {
	s    *talking
	next int
}

func (p *told) Commit() {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.committed = p.next
	for i, line := range p.s.lines[p.s.from:p.next] {
		if !p.s.to.has(streamOf(p.s.from+i), line) {
			p.s.t.Errorf("position %d is committed, and line %d %q was not taken", p.next, p.s.from+i, line)
			return
		}
	}
}

// texts is a sink that keeps the lines that it has taken, by stream, and fails now and then.
type texts struct {
	mu      sync.Mutex
	random  *rand.Rand
	lines   map[record.Stream]map[string]bool
	records []string
}

func (s *texts) has(of record.Stream, line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines[of][line]
}

func (s *texts) Write(_ context.Context, batches []*record.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random.IntN(8) == 0 {
		return errors.New("connection reset")
	}
	for _, b := range batches {
		for i, r := range b.Records {
			s.records = append(s.records, string(b.Message(i)))
			if s.lines[r.Stream] == nil {
				s.lines[r.Stream] = map[string]bool{}
			}
			for line := range strings.SplitSeq(string(b.Message(i)), "\n") {
				s.lines[r.Stream][line] = true
			}
		}
	}
	return nil
}

func (s *texts) Limits() sink.Limits { return sink.Limits{Bytes: 512} }

func (s *texts) Close() error { return nil }

// A collector that is killed in the middle of an event has committed nothing
// of it: the next one reads it whole. Each line is taken by the sink before its position is committed.
func TestStagesAndPositions(t *testing.T) {
	text, err := os.ReadFile("process/testdata/traces/mixed.log")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i := range lines { // so that each is there once
		lines[i] += strings.Repeat(" ", i)
	}
	for _, opt := range []process.MultilineOptions{
		{Names: process.Languages()}, {Start: `^\S`}, {Continue: `^\s`}, {Start: `^never`, MaxLines: 5},
	} {
		stage, err := process.NewMultiline(opt)
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(6) {
			synctest.Test(t, func(t *testing.T) {
				to := &texts{random: rand.New(rand.NewPCG(seed, 1)), lines: map[record.Stream]map[string]bool{}}
				run := func(from, until int) (committed int) {
					s := &talking{t: t, lines: lines, from: from, until: until, committed: from, seed: seed, to: to}
					hold := time.Second
					if until < len(lines) {
						hold = 10 * time.Hour // it is killed while it waits
					}
					c, err := capture.New(capture.Config{
						Hold: hold, Sources: []source.Source{s}, Sinks: []deliver.Config{{Name: "x", Sink: to}},
						Stages: []capture.Stage{{Make: stage}, {Make: process.NewJSON}},
					})
					if err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					if until < len(lines) {
						time.AfterFunc(time.Hour, cancel) // everything that can be told has been told
					}
					if err := c.Run(ctx); err != nil {
						t.Error(err)
					}
					s.mu.Lock()
					defer s.mu.Unlock()
					return s.committed
				}
				kill := 20 + int(seed)*40
				at := run(0, kill)
				if at > kill || at < kill-90 { // the longest traces and what lies between their lines
					t.Errorf("committed %d of %d", at, kill)
				}
				if end := run(at, len(lines)); end != len(lines) {
					t.Errorf("committed %d at the end, of %d", end, len(lines))
				}
				for i, line := range lines {
					if !to.has(streamOf(i), line) {
						t.Errorf("line %d is lost", i)
					}
				}
			})
		}
	}
}

// pairs is a source that sends each line in a batch of its own; reading it takes its time, too.
type pairs struct {
	source.Source
	lines []string
}

func (s *pairs) Name() string { return "pairs" }

func (s *pairs) State() (source.State, bool) { return nil, false }

func (s *pairs) Stats() source.Stats { return source.Stats{} }

func (s *pairs) Run(ctx context.Context, out source.Output) error {
	to := out.Open("pairs")
	o := &record.Origin{Key: "pairs"}
	for _, line := range s.lines {
		time.Sleep(30 * time.Millisecond)
		b := out.Pool().Get(o, 64)
		b.Append(record.Record{}, []byte(line))
		if err := to.Send(ctx, b); err != nil {
			return err
		}
	}
	return to.Close(ctx)
}

// slow is a sink that takes its time.
type slow struct{ texts }

func (s *slow) Write(ctx context.Context, batches []*record.Batch) error {
	time.Sleep(300 * time.Millisecond)
	for _, b := range batches {
		for i := range b.Records {
			s.records = append(s.records, string(b.Message(i)))
		}
	}
	return nil
}

// While a sink takes nothing an event is not given up: the lines that are still to come cannot be read.
func TestHeldWhileSinkIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stage, err := process.NewMultiline(process.MultilineOptions{Start: `^x`})
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for i := range 200 {
			lines = append(lines, "x"+strings.Repeat("x", i%7), " y"+strings.Repeat("y", 300))
		}
		to := &slow{}
		c, err := capture.New(capture.Config{
			Sources: []source.Source{&pairs{lines: lines}}, Sinks: []deliver.Config{{Name: "x", Sink: to, QueueBytes: 16 << 10}},
			Stages: []capture.Stage{{Make: stage}}, Hold: 100 * time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		var want []string
		for i := 0; i < len(lines); i += 2 {
			want = append(want, lines[i]+"\n"+lines[i+1])
		}
		if !slices.Equal(want, to.records) {
			t.Errorf("%d records of %d events", len(to.records), len(want))
		}
	})
}
