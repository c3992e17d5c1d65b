package capture_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// from makes a counting source that goes on where one before has stopped.
func from(s *counting) func(source.State) (source.Source, error) {
	return func(resume source.State) (source.Source, error) {
		next := &counting{name: s.name, origins: s.origins, until: s.until, seed: s.seed, committed: make([]int, s.origins)}
		for i := range s.origins {
			if text, ok := resume[s.key(i)]; ok {
				if err := json.Unmarshal(text, &next.committed[i]); err != nil {
					return nil, err
				}
			}
		}
		return next, nil
	}
}

func keepSource(name string) capture.SourcePlan { return capture.SourcePlan{Name: name, Keep: true} }

func changeSource(s *counting) capture.SourcePlan {
	return capture.SourcePlan{Name: s.name, Make: from(s)}
}

func keepSink(name string) capture.SinkPlan {
	return capture.SinkPlan{Config: deliver.Config{Name: name}, Keep: true}
}

func changeSink(name string, to sink.Sink) capture.SinkPlan {
	cfg := quick(name, nil)
	cfg.Sink = nil
	give := func() (sink.Sink, error) { return to, nil }
	return capture.SinkPlan{Config: cfg, Make: give, Again: give}
}

var errDown = errors.New("connection refused")

func down(context.Context, []*record.Batch) error { return errDown }

// running is a collector and how it is ended.
type running struct {
	*capture.Collector
	t     *testing.T
	quit  context.CancelFunc
	err   chan error
	store *checkpoint.Store
}

func run(t *testing.T, cfg capture.Config) *running {
	t.Helper()
	cfg.Store = checkpoint.NewStore(t.TempDir())
	c, err := capture.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := &running{c, t, cancel, make(chan error, 1), cfg.Store}
	go func() { r.err <- c.Run(ctx) }()
	return r
}

func (r *running) end() {
	r.t.Helper()
	r.quit()
	if err := <-r.err; err != nil {
		r.t.Error(err)
	}
	r.conserved()
}

// conserved is the account: read = delivered + dropped + queued, of each sink.
func (r *running) conserved() {
	r.t.Helper()
	for _, s := range r.Stats().Sinks {
		accounted(r.t, s)
	}
}

func (s *collecting) last(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if got := s.got[key]; len(got) > 0 {
		return got[len(got)-1]
	}
	return -1
}

// whole says that what was committed came, each number behind the one before it: what comes
// beyond a gap was not committed, and comes again unless it is the end.
func whole(t *testing.T, what string, got []int, committed int, twice bool) {
	t.Helper()
	next := 0
	for i, n := range got {
		switch {
		case n == next:
			next++
		case n < next && twice, n > next && twice && slices.Contains(got[i:], next):
		case n > next && next >= committed:
		default:
			t.Fatalf("%s: %d came where %d was next; committed is %d", what, n, next, committed)
		}
	}
	if next == 0 || next < committed {
		t.Fatalf("%s: it ends at %d, and %d is committed", what, next, committed)
	}
}

// committedOf is what a collector would go on from, by its checkpoint.
func committedOf(t *testing.T, r *running, key string) int {
	t.Helper()
	l, err := r.store.Load(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	var n int
	source, _, _ := strings.Cut(key, "-")
	if err := json.Unmarshal(l.Sections[source][key], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Reloads at random moments that keep, change, add and remove parts, with a sink that fails now and then:
// what is kept loses nothing and gets nothing twice, what is changed loses nothing.
func TestReloadsLoseNothing(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 7))
				kept := &counting{name: "kept", origins: 3, seed: seed, committed: make([]int, 3)}
				changed := &counting{name: "changed", origins: 2, seed: seed + 1, committed: make([]int, 2)}
				paced := func(fail func(context.Context, []*record.Batch) error) func(context.Context, []*record.Batch) error {
					return func(ctx context.Context, b []*record.Batch) error {
						time.Sleep(20 * time.Millisecond) // the clock of the bubble moves
						return fail(ctx, b)
					}
				}
				fine := func(context.Context, []*record.Batch) error { return nil }
				steady, flaky := &collecting{fail: paced(fine)}, &collecting{fail: paced(failing(seed, false))}
				r := run(t, capture.Config{
					Sources: []source.Source{kept, changed},
					Sinks:   []deliver.Config{quick("steady", steady), quick("flaky", flaky)},
				})
				defer r.quit()
				extra := map[string]*collecting{}
				for i := range 20 {
					time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
					plan := capture.Plan{
						Sources: []capture.SourcePlan{keepSource("kept"), keepSource("changed")},
						Sinks:   []capture.SinkPlan{keepSink("steady"), keepSink("flaky")},
					}
					if random.IntN(2) == 0 {
						plan.Sources[1] = changeSource(changed)
					}
					if random.IntN(2) == 0 { // it is written to by another connection
						plan.Sinks[1] = changeSink("flaky", &twin{flaky})
					}
					if random.IntN(2) == 0 {
						name := fmt.Sprint("extra-", i)
						extra[name] = &collecting{fail: paced(fine)}
						plan.Sinks = append(plan.Sinks, changeSink(name, extra[name]))
					}
					if random.IntN(3) == 0 {
						plan.Stages = []capture.Stage{{ID: fmt.Sprint(random.IntN(2)), Make: func(p *record.Pool) process.Stage { return &holding{pool: p} }}}
					}
					if err := r.Reload(t.Context(), plan); err != nil {
						t.Fatal(err)
					}
					r.conserved()
				}
				// What the last stages hold goes out when the sources end.
				r.end()
				for _, to := range []struct {
					name string
					*collecting
				}{{"steady", steady}, {"flaky", flaky}} {
					for i := range 3 {
						whole(t, to.name, to.got[kept.key(i)], committedOf(t, r, kept.key(i)), to.name == "flaky")
					}
					for i := range 2 {
						whole(t, to.name, to.got[changed.key(i)], committedOf(t, r, changed.key(i)), true)
					}
				}
				if len(extra) == 0 {
					t.Error("no sink was added: the test proves less than it says")
				}
				for name, to := range extra {
					for key, got := range to.got {
						for i := 1; i < len(got); i++ {
							if strings.HasPrefix(key, "kept") && got[i] != got[i-1]+1 && got[i-1]+1 < committedOf(t, r, key) {
								t.Errorf("%s: %d came behind %d", name, got[i], got[i-1])
							}
						}
					}
				}
			})
		})
	}
}

// twin is another sink to the same place.
type twin struct{ *collecting }

func (t *twin) Close() error { return nil }

// A dead sink stops neither a reload nor, once it is changed or removed, anybody else.
func TestReloadWithDeadSink(t *testing.T) {
	for _, tt := range []struct {
		name   string
		plan   func(s *counting, to *collecting) capture.Plan
		goesOn bool // the source does
		want   map[string]uint64
	}{
		{"kept, and nothing else changes", func(s *counting, _ *collecting) capture.Plan {
			return capture.Plan{Sources: []capture.SourcePlan{keepSource("count")}, Sinks: []capture.SinkPlan{keepSink("live"), keepSink("dead")}}
		}, false, nil},
		{"kept, and its source is changed", func(s *counting, _ *collecting) capture.Plan {
			return capture.Plan{Sources: []capture.SourcePlan{changeSource(s)}, Sinks: []capture.SinkPlan{keepSink("live"), keepSink("dead")}}
		}, false, nil},
		{"its address is put right", func(s *counting, to *collecting) capture.Plan {
			return capture.Plan{Sources: []capture.SourcePlan{keepSource("count")}, Sinks: []capture.SinkPlan{keepSink("live"), changeSink("dead", to)}}
		}, true, nil},
		{"it is removed", func(s *counting, _ *collecting) capture.Plan {
			return capture.Plan{Sources: []capture.SourcePlan{keepSource("count")}, Sinks: []capture.SinkPlan{keepSink("live")}}
		}, true, map[string]uint64{deliver.ReasonSinkRemoved: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &counting{name: "count", origins: 2, committed: make([]int, 2)}
				live, dead, right := &collecting{}, &collecting{}, &collecting{}
				var back atomic.Bool
				sleepy := func(context.Context, []*record.Batch) error { time.Sleep(time.Second); return nil }
				live.fail, right.fail = sleepy, sleepy
				dead.fail = func(ctx context.Context, b []*record.Batch) error {
					if back.Load() {
						return sleepy(ctx, b)
					}
					return errDown
				}
				cfg := []deliver.Config{quick("live", live), quick("dead", dead)}
				for i := range cfg {
					cfg[i].RetryFirst, cfg[i].RetryMost = time.Second, 30*time.Second
				}
				r := run(t, capture.Config{
					Sources: []source.Source{s}, Sinks: cfg,
					Stages: []capture.Stage{{ID: "1", Make: func(p *record.Pool) process.Stage { return &holding{pool: p} }}},
				})
				defer r.quit()
				time.Sleep(time.Minute) // its queue is full
				stood := live.last("count-0")
				began := time.Now()
				plan := tt.plan(s, right)
				plan.Stages = []capture.Stage{{ID: "2", Make: func(p *record.Pool) process.Stage { return &holding{pool: p} }}}
				if err := r.Reload(t.Context(), plan); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("the reload took %v", took)
				}
				time.Sleep(15 * time.Second)
				r.conserved()
				if now := live.last("count-0"); tt.goesOn && now < stood+100 {
					t.Errorf("the live sink was at %d, and is at %d", stood, now)
				}
				st := r.Stats()
				for _, n := range st.Sinks {
					if n.Name != "dead" {
						continue
					}
					if slices.Collect(maps.Keys(n.Dropped)) == nil != (tt.want == nil) {
						t.Errorf("dropped %v, want the reasons of %v", n.Dropped, tt.want)
					}
					if tt.want != nil && n.Queued != 0 {
						t.Errorf("%d are left in a sink that was removed", n.Queued)
					}
				}
				if tt.name == "its address is put right" {
					right.mu.Lock()
					whole(t, "the sink that was put right", right.got["count-0"], 100, false)
					right.mu.Unlock()
				}
				if tt.goesOn {
					r.end()
					return
				}
				back.Store(true)
				time.Sleep(time.Minute)
				r.end()
				committed := committedOf(t, r, "count-0")
				if committed < stood {
					t.Errorf("committed is %d", committed)
				}
				whole(t, "the sink that came back", dead.got["count-0"], committed, true)
				whole(t, "the other one", live.got["count-0"], committed, true)
			})
		})
	}
}

// A plan of which a part cannot be made changes nothing.
func TestReloadRefused(t *testing.T) {
	bad := errors.New("no such file")
	fails := func() (sink.Sink, error) { return nil, bad }
	for _, tt := range []struct {
		name string
		plan func(kept, old *collecting) capture.Plan
	}{
		{"a source", func(_, _ *collecting) capture.Plan {
			return capture.Plan{
				Sources: []capture.SourcePlan{keepSource("count"), {Name: "other", Make: func(source.State) (source.Source, error) { return nil, bad }}},
				Sinks:   []capture.SinkPlan{keepSink("x"), keepSink("alone")},
			}
		}},
		{"a sink that is new", func(_, _ *collecting) capture.Plan {
			return capture.Plan{
				Sources: []capture.SourcePlan{keepSource("count")},
				Sinks:   []capture.SinkPlan{keepSink("x"), {Config: deliver.Config{Name: "new"}, Make: fails}},
			}
		}},
		{"a sink that is changed, behind another one", func(kept, old *collecting) capture.Plan {
			first := changeSink("x", &collecting{})
			first.Again = func() (sink.Sink, error) { return &twin{kept}, nil }
			return capture.Plan{
				Sources: []capture.SourcePlan{keepSource("count")},
				Sinks: []capture.SinkPlan{first, {
					Config: deliver.Config{Name: "alone"}, Alone: true, Make: fails, Again: func() (sink.Sink, error) { return &twin{old}, nil },
				}},
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &counting{name: "count", origins: 1, committed: make([]int, 1)}
				slow := func(context.Context, []*record.Batch) error { time.Sleep(5 * time.Millisecond); return nil }
				kept, old := &collecting{fail: slow}, &collecting{fail: slow}
				r := run(t, capture.Config{Sources: []source.Source{s}, Sinks: []deliver.Config{quick("x", kept), quick("alone", old)}})
				defer r.quit()
				time.Sleep(50 * time.Millisecond)
				if err := r.Reload(t.Context(), tt.plan(kept, old)); !errors.Is(err, bad) || errors.Is(err, capture.ErrPartly) {
					t.Fatalf("error %v", err)
				}
				before := old.last("count-0")
				time.Sleep(time.Second)
				if now := old.last("count-0"); now <= before {
					t.Errorf("the old sink stands at %d", now)
				}
				r.end()
				if got := len(r.Stats().Sinks); got != 2 {
					t.Errorf("%d sinks", got)
				}
			})
		})
	}
	c, err := capture.New(capture.Config{Sources: []source.Source{&counting{name: "x"}}, Sinks: []deliver.Config{quick("x", &collecting{})}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Reload(t.Context(), capture.Plan{}); !errors.Is(err, capture.ErrEnding) {
		t.Errorf("before Run: %v", err)
	}
}

// An origin goes to the sinks of the routes that take it, and its positions wait for those alone.
func TestRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &counting{name: "a", origins: 2, until: 500, committed: make([]int, 2)}
		b := &counting{name: "b", origins: 2, until: 500, committed: make([]int, 2)}
		stuck, first, rest := &collecting{fail: down}, &collecting{}, &collecting{}
		odd := func(_ string, o *record.Origin) bool { return strings.HasSuffix(o.Key, "-1") }
		dead := quick("stuck", stuck)
		dead.RetryFirst, dead.RetryMost = time.Second, time.Second
		r := run(t, capture.Config{
			Sources: []source.Source{a, b},
			Sinks:   []deliver.Config{dead, quick("first", first), quick("rest", rest)},
			Routes: []capture.Route{
				{Takes: func(source string, o *record.Origin) bool { return source == "a" && odd(source, o) }, Sinks: []string{"stuck", "first"}},
				{Takes: func(source string, _ *record.Origin) bool { return source == "a" }, Sinks: []string{"first"}},
				{Takes: odd, Otherwise: true, Sinks: []string{"rest"}},
			},
		})
		time.Sleep(10 * time.Second)
		r.quit()
		<-r.err
		r.conserved()
		if got := slices.Sorted(maps.Keys(first.got)); !slices.Equal(got, []string{"a-0", "a-1"}) {
			t.Errorf("first got %v", got)
		}
		if got := slices.Sorted(maps.Keys(rest.got)); !slices.Equal(got, []string{"b-1"}) {
			t.Errorf("rest got %v", got)
		}
		if a.committed[0] != 500 || a.committed[1] != 0 || b.committed[0] != 500 || b.committed[1] != 500 {
			t.Errorf("committed %v and %v", a.committed, b.committed)
		}
		if got := r.Stats().Unrouted; got != 500 {
			t.Errorf("%d records without a route", got)
		}
	})
}
