package capture_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// quick retries at once: these tests are about what arrives, not when.
func quick(name string, to *collecting) deliver.Config {
	return deliver.Config{Name: name, Sink: to, QueueBytes: 16 << 10, RetryFirst: time.Microsecond, RetryMost: time.Microsecond}
}

// Sinks that fail in every way, and a collector that is ended at random
// moments and goes on from what was committed: every record reaches every
// sink or is counted as dropped, in the order of its origin, and nothing is
// committed before it. The counters account for each record.
func TestNothingIsLost(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			const origins, until = 5, 3000
			random := rand.New(rand.NewPCG(seed, 2))
			s := &counting{name: "count", origins: origins, until: until, seed: seed, committed: make([]int, origins)}
			sinks := []*collecting{{fail: failing(seed, true)}, {fail: failing(seed+100, false)}}
			var dropped atomic.Uint64
			for run := 0; ; run++ {
				if run > 500 {
					t.Fatal("it does not come to an end")
				}
				starts := append([]int{}, s.committed...)
				before := [2]map[string]int{lengths(sinks[0]), lengths(sinks[1])}
				first := quick("first", sinks[0])
				first.Dropped = func(_ string, b *record.Batch, i int) { dropped.Add(1) }
				lines := s.Stats().Lines
				c, err := capture.New(capture.Config{
					Sources: []source.Source{s}, Sinks: []deliver.Config{first, quick("second", sinks[1])},
					DrainTimeout: time.Duration(10+random.IntN(20)) * time.Millisecond,
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(30_000_000)))
				err = c.Run(ctx)
				cancel()
				if err != nil {
					// On a busy machine so short a drain can be over before everybody has noticed its beginning.
					if !strings.Contains(err.Error(), "still busy after the drain timeout") {
						t.Fatal(err)
					}
					s.busy.Wait()
					time.Sleep(100 * time.Millisecond)
				}
				for _, to := range sinks {
					to.idle() // one that was left behind has written until now
				}
				for i, to := range sinks {
					ordered(t, s, starts, before[i], to)
				}
				stats := c.Stats()
				for i, n := range stats.Sinks {
					accounted(t, n)
					// A batch that was refused a place at the end may be in one sink's queue and not in the other's.
					if sent := s.Stats().Lines - lines; n.Read < sent || i == 0 && n.Dropped["invalid"] > n.Read {
						t.Errorf("%s read %d of %d that were sent", n.Name, n.Read, sent)
					}
				}
				if done(s.committed, until) {
					break
				}
			}
			for i := range origins {
				complete(t, "first", sinks[0].got[s.key(i)], until, true)
				complete(t, "second", sinks[1].got[s.key(i)], until, false)
			}
			if dropped.Load() == 0 {
				t.Error("nothing was refused: the test proves less than it says")
			}
			if sinks[0].closed == 0 {
				t.Error("the sink was never closed")
			}
		})
	}
}

func lengths(s *collecting) map[string]int {
	all := map[string]int{}
	for key, got := range s.got {
		all[key] = len(got)
	}
	return all
}

// ordered looks at what one run delivered: numbers in order, without a gap but
// for what was refused, from where the run began; and what was committed is there.
func ordered(t *testing.T, s *counting, starts []int, before map[string]int, to *collecting) {
	t.Helper()
	for i := range s.origins {
		next := starts[i]
		for _, n := range to.got[s.key(i)][before[s.key(i)]:] {
			for next < n && refused(next) {
				next++
			}
			if n != next {
				t.Fatalf("%s: %d came, want %d", s.key(i), n, next)
			}
			next++
		}
		for next < s.committed[i] && refused(next) {
			next++
		}
		if next < s.committed[i] {
			t.Fatalf("%s: committed %d, delivered up to %d", s.key(i), s.committed[i], next)
		}
	}
}

func accounted(t *testing.T, n capture.SinkStats) {
	t.Helper()
	sum := n.Delivered + n.Queued
	for _, d := range n.Dropped {
		sum += d
	}
	for _, d := range n.DeadLettered {
		sum += d
	}
	if n.Read != sum {
		t.Errorf("%s: read %d, delivered %d + dropped %v + dead-lettered %v + queued %d", n.Name, n.Read, n.Delivered, n.Dropped, n.DeadLettered, n.Queued)
	}
}

func done(committed []int, until int) bool {
	for _, n := range committed {
		if n < until {
			return false
		}
	}
	return true
}

func complete(t *testing.T, name string, got []int, until int, refuses bool) {
	t.Helper()
	seen := make([]bool, until)
	for _, n := range got {
		seen[n] = true
	}
	for n, ok := range seen {
		if want := !refuses || !refused(n); ok != want {
			t.Fatalf("%s: %d arrived: %v, want %v", name, n, ok, want)
		}
	}
}

// The drain ends within its timeout, whatever hangs, and says what it left behind.
func TestDrainEnds(t *testing.T) {
	down := func(context.Context, []*record.Batch) error { return errors.New("down") }
	hangs := func(ctx context.Context, _ []*record.Batch) error { <-ctx.Done(); return ctx.Err() }
	for _, tt := range []struct {
		name   string
		fail   func(context.Context, []*record.Batch) error
		ignore bool // the sink does not hear that its ctx is done
		deaf   bool // the source does not
		want   string
		atMost time.Duration
	}{
		{name: "nothing hangs", atMost: 0},
		{name: "a sink that is down", fail: down, atMost: 10 * time.Second},
		{name: "a sink that hangs", fail: hangs, atMost: 10 * time.Second},
		{name: "a sink that does not even stop", ignore: true, want: "end sink x: still busy after the drain timeout", atMost: 10 * time.Second},
		{name: "a source that does not stop", deaf: true, want: "end source deaf: still busy after the drain timeout", atMost: 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				to := &collecting{fail: tt.fail}
				if tt.ignore {
					to.fail = func(context.Context, []*record.Batch) error { <-release; return errors.New("late") }
				}
				var sources []source.Source
				sources = append(sources, &counting{name: "count", origins: 3, until: 0, committed: make([]int, 3)})
				if tt.fail == nil && !tt.ignore {
					sources[0].(*counting).until = 100 // or it would spin: nothing in the bubble takes time
				}
				if tt.deaf {
					sources = append(sources, &deaf{release: release})
				}
				c, err := capture.New(capture.Config{
					Sources: sources, Sinks: []deliver.Config{{Name: "x", Sink: to, QueueBytes: 10 << 10}},
					Store: checkpoint.NewStore(t.TempDir()), Board: notice.New(func(notice.Change) {}),
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- c.Run(ctx) }()
				time.Sleep(time.Minute)
				began := time.Now()
				cancel()
				err = <-ended
				if took := time.Since(began); took > tt.atMost {
					t.Errorf("took %v, want %v at most", took, tt.atMost)
				}
				if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("Run: %v, want %q", err, tt.want)
				}
				close(release)
			})
		})
	}
}

// deaf is a source that hangs.
type deaf struct {
	counting
	release chan struct{}
}

func (s *deaf) Name() string { return "deaf" }
func (s *deaf) Run(context.Context, source.Output) error {
	<-s.release
	return nil
}
func (s *deaf) State() (source.State, bool) { return nil, false }

// Nothing is read while positions cannot be kept, and it goes on by itself.
func TestStopsReadingWithoutCheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir() + "/state"
		slow := func(context.Context, []*record.Batch) error { time.Sleep(100 * time.Millisecond); return nil }
		s := &counting{name: "count", origins: 2, committed: make([]int, 2)}
		c, err := capture.New(capture.Config{
			Sources: []source.Source{s}, Sinks: []deliver.Config{{Name: "x", Sink: &collecting{fail: slow}, QueueBytes: 10 << 10}},
			Store: checkpoint.NewStore(dir), Board: notice.New(func(notice.Change) {}),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		time.Sleep(10*time.Second + time.Millisecond)
		stopped := s.Stats().Lines
		if st := c.Stats(); !st.Paused || len(st.Problems) != 1 || !st.Saved.IsZero() {
			t.Errorf("without a state directory: %+v", st)
		}
		time.Sleep(time.Minute)
		if n := s.Stats().Lines; n != stopped {
			t.Errorf("%d records were sent while positions could not be kept", n-stopped)
		}
		mkdir(t, dir)
		time.Sleep(10 * time.Second)
		if st := c.Stats(); st.Paused || len(st.Problems) != 0 || st.Saved.IsZero() || s.Stats().Lines == stopped {
			t.Errorf("with one: %+v, %d records", st, s.Stats().Lines)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestConfigThatIsNone(t *testing.T) {
	s := &counting{}
	for _, cfg := range []capture.Config{{}, {Sources: []source.Source{s}}, {Sinks: []deliver.Config{{}}}} {
		if _, err := capture.New(cfg); err == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}
