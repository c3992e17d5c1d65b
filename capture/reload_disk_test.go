package capture_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// onDisk opens the queue of a sink below dir.
func onDisk(dir, name string) func() (*queue.Queue, error) {
	return func() (*queue.Queue, error) {
		q, _, err := queue.Open(queue.Options{Dir: filepath.Join(dir, name), Bytes: 1 << 20, Sync: queue.Sync{Every: 5 * time.Millisecond}})
		return q, err
	}
}

func diskSink(dir, name string, to sink.Sink) capture.SinkPlan {
	p := changeSink(name, to)
	p.Queue = onDisk(dir, name)
	return p
}

func sinkStats(t *testing.T, r *running, name string) capture.SinkStats {
	t.Helper()
	for _, s := range r.Stats().Sinks {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("there is no sink %s", name)
	return capture.SinkStats{}
}

// A sink with a queue on disk that is dead is removed, and comes back with another address: what waited is delivered, in
// order and once, although its source has committed long ago.
func TestRemovedSinkComesBack(t *testing.T) {
	for _, soon := range []bool{false, true} { // soon: it still delivers when it comes back
		t.Run(fmt.Sprint("soon ", soon), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				s := &counting{name: "count", origins: 1, until: 500, committed: make([]int, 1)}
				forever := &counting{name: "more", origins: 1, committed: make([]int, 1)}
				slow := &collecting{fail: func(context.Context, []*record.Batch) error { time.Sleep(time.Second); return nil }}
				dead, right := &collecting{fail: down}, &collecting{}
				cfg := quick("far", dead)
				cfg.RetryFirst, cfg.RetryMost = time.Second, 5*time.Second
				q, err := onDisk(dir, "far")()
				if err != nil {
					t.Fatal(err)
				}
				cfg.Queue = q
				routes := []capture.Route{
					{Takes: func(source string, _ *record.Origin) bool { return source == "count" }, Sinks: []string{"far"}},
					{Otherwise: true, Sinks: []string{"slow"}},
				}
				r := run(t, capture.Config{
					Sources: []source.Source{s, forever}, Sinks: []deliver.Config{cfg, quick("slow", slow)}, Routes: routes, DrainTimeout: 10 * time.Second,
				})
				defer r.quit()
				time.Sleep(time.Minute)
				if n := sinkStats(t, r, "far"); n.Queued != 500 {
					t.Fatalf("%+v", n)
				}
				sources := []capture.SourcePlan{keepSource("count"), keepSource("more")}
				if err := r.Reload(t.Context(), capture.Plan{Sources: sources, Sinks: []capture.SinkPlan{keepSink("slow")}}); err != nil {
					t.Fatal(err)
				}
				if !soon {
					time.Sleep(time.Minute)
					if n := sinkStats(t, r, "far"); n.Read != 0 || n.Queued != 0 || len(n.Dropped) > 0 {
						t.Errorf("what it left is counted: %+v", n)
					}
				}
				if err := r.Reload(t.Context(), capture.Plan{Sources: sources, Sinks: []capture.SinkPlan{keepSink("slow"), diskSink(dir, "far", right)}, Routes: routes}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				r.conserved()
				if n := sinkStats(t, r, "far"); n.Read != 500 || n.Delivered != 500 || n.Queued != 0 {
					t.Errorf("%+v", n)
				}
				whole(t, "the sink that came back", right.got["count-0"], 500, false)
				r.end()
			})
		})
	}
}

// A queue that cannot be opened is refused, with all that was made for the plan, and nothing changes.
func TestReloadWithUnusableQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("open queue: read-only file system")
		s := &counting{name: "count", origins: 1, committed: make([]int, 1)}
		slow := &collecting{fail: func(context.Context, []*record.Batch) error { time.Sleep(5 * time.Millisecond); return nil }}
		made, other := &collecting{}, &collecting{}
		r := run(t, capture.Config{Sources: []source.Source{s}, Sinks: []deliver.Config{quick("x", slow)}})
		defer r.quit()
		time.Sleep(50 * time.Millisecond)
		dir := t.TempDir()
		plan := capture.Plan{
			Sources: []capture.SourcePlan{keepSource("count")},
			Sinks:   []capture.SinkPlan{keepSink("x"), diskSink(dir, "first", other), diskSink(dir, "new", made)},
		}
		plan.Sinks[2].Queue = func() (*queue.Queue, error) { return nil, bad }
		if err := r.Reload(t.Context(), plan); !errors.Is(err, bad) || errors.Is(err, capture.ErrPartly) {
			t.Fatalf("error %v", err)
		}
		if made.closed != 1 || other.closed != 1 {
			t.Errorf("closed %d and %d times", made.closed, other.closed)
		}
		q, err := onDisk(dir, "first")() // it was let go of
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Close(); err != nil {
			t.Error(err)
		}
		before := slow.last("count-0")
		time.Sleep(time.Second)
		if now := slow.last("count-0"); now <= before || len(r.Stats().Sinks) != 1 {
			t.Errorf("the old sink stands at %d; %+v", now, r.Stats().Sinks)
		}
		r.end()
	})
}

// Reloads at random moments that change, remove and bring back a sink with a queue on disk, which fails now and then, beside
// one that stays: that one loses nothing, and of the other each number arrives or is counted as dropped with its removal.
func TestReloadsOfQueuesOnDisk(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 9))
			dir := t.TempDir()
			s := &counting{name: "count", origins: 3, until: 4000, seed: seed, committed: make([]int, 3)}
			steady, flaky := &collecting{}, &collecting{fail: failing(seed, false)}
			paced := func(context.Context, []*record.Batch) error { time.Sleep(100 * time.Microsecond); return nil }
			steady.fail = paced
			cfg := quick("flaky", flaky)
			q, err := onDisk(dir, "flaky")()
			if err != nil {
				t.Fatal(err)
			}
			cfg.Queue = q
			idle := &waiting{name: "idle"}
			r := run(t, capture.Config{Sources: []source.Source{s, idle}, Sinks: []deliver.Config{quick("steady", steady), cfg}, DrainTimeout: time.Second})
			defer r.quit()
			for r.Reload(t.Context(), keep()) != nil { // it is about to run
				time.Sleep(time.Millisecond)
			}
			there := true
			sources := []capture.SourcePlan{keepSource("count"), keepSource("idle")}
			for range 30 {
				time.Sleep(time.Duration(random.IntN(20)) * time.Millisecond)
				plan := capture.Plan{Sources: sources, Sinks: []capture.SinkPlan{keepSink("steady")}}
				switch {
				case there && random.IntN(3) == 0: // it is removed
					there = false
				default: // it is changed, or comes back
					plan.Sinks = append(plan.Sinks, diskSink(dir, "flaky", &twin{flaky}))
					there = true
				}
				if err := r.Reload(t.Context(), plan); err != nil {
					t.Fatal(err)
				}
				r.conserved()
			}
			if err := r.Reload(t.Context(), capture.Plan{Sources: sources, Sinks: []capture.SinkPlan{keepSink("steady"), diskSink(dir, "flaky", &twin{flaky})}}); err != nil {
				t.Fatal(err)
			}
			for began := time.Now(); ; time.Sleep(time.Millisecond) {
				if n := sinkStats(t, r, "steady"); n.Delivered == 3*4000 && sinkStats(t, r, "flaky").Queued == 0 {
					break
				}
				if time.Since(began) > time.Minute {
					t.Fatalf("it does not come to an end: %+v", r.Stats().Sinks)
				}
			}
			r.end()
			for i := range 3 {
				complete(t, "steady", steady.got[s.key(i)], 4000, false)
				for n, got := range flaky.got[s.key(i)] { // what was sent while it was not there is missing
					if n > 0 && got <= flaky.got[s.key(i)][n-1] {
						t.Errorf("%d came behind %d", got, flaky.got[s.key(i)][n-1])
					}
				}
			}
			n := sinkStats(t, r, "flaky")
			if n.Dropped[deliver.ReasonSinkRemoved] != n.Read-n.Delivered {
				t.Errorf("%+v", n)
			}
		})
	}
}

// keep is a plan that changes nothing of the collector above.
func keep() capture.Plan {
	return capture.Plan{
		Sources: []capture.SourcePlan{keepSource("count"), keepSource("idle")},
		Sinks:   []capture.SinkPlan{keepSink("steady"), keepSink("flaky")},
	}
}

// waiting is a source that reads nothing, and keeps a collector from ending.
type waiting struct{ name string }

func (w *waiting) Name() string                                   { return w.name }
func (w *waiting) Run(ctx context.Context, _ source.Output) error { <-ctx.Done(); return nil }
func (w *waiting) State() (source.State, bool)                    { return nil, false }
func (w *waiting) Stats() source.Stats                            { return source.Stats{Began: true} }
