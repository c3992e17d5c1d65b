package capture_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// stuck is a source that says of itself what a test wants, and sends a record every second.
type stuck struct {
	mu    sync.Mutex
	stats func(now time.Time) source.Stats
	lines uint64
}

func (s *stuck) Name() string                { return "stuck" }
func (s *stuck) State() (source.State, bool) { return source.State{"a": []byte("1")}, false }
func (s *stuck) Stats() source.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats(time.Now())
	st.Lines = s.lines
	return st
}

func (s *stuck) Run(ctx context.Context, out source.Output) error {
	to, origin := out.Open("a"), &record.Origin{Key: "a"}
	defer to.Close(ctx)
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
			s.mu.Lock()
			silent := s.stats(time.Now()).Behind > 0
			if !silent {
				s.lines++
			}
			s.mu.Unlock()
			if silent {
				continue
			}
			b := out.Pool().Get(origin, 4<<10)
			b.Append(record.Record{}, []byte("line"))
			if to.Send(ctx, b) != nil {
				return nil
			}
		}
	}
	return nil
}

// What stands still says nothing itself. It is told within ten seconds, and that it is well again too.
func TestStalls(t *testing.T) {
	const from, until = 20 * time.Second, 60 * time.Second // after the start
	for _, tt := range []struct {
		name  string
		write func(ctx context.Context, ill func() bool) error
		stats func(now time.Time, ill bool) source.Stats
		want  string // the subject
		queue int64
		disk  bool          // the queue is on disk
		fills time.Duration // how long it takes until the queue is full, which is when waiting begins
	}{
		{name: "nothing"},
		{name: "a dead sink", want: "sink x", write: func(_ context.Context, ill func() bool) error {
			if ill() {
				return errors.New("connection refused")
			}
			return nil
		}},
		{name: "a sink that hangs", want: "sink x answer", write: hang},
		{name: "a sink that hangs, and its queue is full", want: "sink x answer, sink x queue", queue: 8 << 10, fills: 3 * time.Second, write: hang},
		{name: "a sink that hangs, its queue on disk is full, and the source waits", want: "queue x is full, sink x answer, sink x queue", queue: 512, disk: true,
			fills: 3 * time.Second, write: hang, stats: func(now time.Time, ill bool) source.Stats {
				if ill {
					return source.Stats{Turned: began(now).Add(from)} // as one that has no turn while it waits
				}
				return source.Stats{Turned: now.Add(-4 * time.Second)}
			}},
		{name: "a slow sink", write: func(context.Context, func() bool) error { time.Sleep(900 * time.Millisecond); return nil }},
		{name: "a source that hangs", want: "source stuck stalled", stats: func(now time.Time, ill bool) source.Stats {
			if ill {
				return source.Stats{Turned: began(now).Add(from)}
			}
			return source.Stats{Turned: now.Add(-4 * time.Second)}
		}},
		{name: "a source that gives nothing", want: "source stuck stalled", stats: func(_ time.Time, ill bool) source.Stats {
			if ill {
				return source.Stats{Behind: 100}
			}
			return source.Stats{}
		}},
		{name: "a source that does not know", stats: func(time.Time, bool) source.Stats { return source.Stats{Behind: -1} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ill := func() bool { d := time.Since(start); return d >= from && d < until }
				s := &stuck{stats: func(now time.Time) source.Stats {
					if tt.stats == nil {
						return source.Stats{}
					}
					return tt.stats(now, ill())
				}}
				to := &asked{func(ctx context.Context) error {
					if tt.write == nil {
						return nil
					}
					return tt.write(ctx, ill)
				}}
				cfg := deliver.Config{Name: "x", Sink: to, QueueBytes: tt.queue, RetryMost: 5 * time.Second}
				if tt.disk {
					q, _, err := queue.Open(queue.Options{Dir: t.TempDir(), Bytes: tt.queue})
					if err != nil {
						t.Fatal(err)
					}
					cfg.Queue = q
				}
				var told atomic.Int32
				var looks []time.Time
				c, err := capture.New(capture.Config{
					Sources: []source.Source{s}, Board: notice.New(func(notice.Change) { told.Add(1) }),
					Sinks: []deliver.Config{cfg},
					Watch: func(now time.Time, _ capture.Stats) { looks = append(looks, now) },
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- c.Run(ctx) }()
				subjects := func() (all string) {
					for _, p := range c.Stats().Problems {
						if all != "" {
							all += ", "
						}
						all += p.Subject
					}
					return all
				}
				time.Sleep(from - time.Millisecond)
				if got := subjects(); got != "" {
					t.Errorf("before: %s", got)
				}
				time.Sleep(10*time.Second + tt.fills)
				if got := subjects(); got != tt.want {
					t.Errorf("ten seconds later: %q, want %q", got, tt.want)
				}
				time.Sleep(until - time.Since(start) + 10*time.Second)
				if got := subjects(); got != "" {
					t.Errorf("ten seconds after the end: %s", got)
				}
				if n := told.Load(); n > 6 {
					t.Errorf("it was told %d times", n)
				}
				cancel()
				if err := <-ended; err != nil {
					t.Error(err)
				}
				if len(looks) < 30 {
					t.Errorf("%d looks", len(looks))
				}
			})
		})
	}
}

// hang is a write without an answer, for as long as that is so.
func hang(ctx context.Context, ill func() bool) error {
	for ill() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return nil
}

// asked is a sink that does what a test says.
type asked struct {
	write func(ctx context.Context) error
}

func (s *asked) Write(ctx context.Context, _ []*record.Batch) error { return s.write(ctx) }
func (s *asked) Limits() sink.Limits                                { return sink.Limits{Bytes: 1} }
func (s *asked) Close() error                                       { return nil }

// began is when the clock of a bubble does.
func began(now time.Time) time.Time {
	return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).In(now.Location())
}

// Ready and Positions, from before the start to behind the end.
func TestReadyAndPositions(t *testing.T) {
	for _, kept := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			s := &stuck{stats: func(now time.Time) source.Stats { return source.Stats{Began: now.Sub(start) > 5*time.Second} }}
			cfg := capture.Config{Sources: []source.Source{s}, Sinks: []deliver.Config{{Name: "x", Sink: &asked{func(context.Context) error { return nil }}}}}
			if kept {
				cfg.Store = checkpoint.NewStore(t.TempDir())
			}
			c, err := capture.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			why := func() string { st := c.Stats(); _, why := st.Ready(); return why }
			if got := why(); got != "it has not started" {
				t.Errorf("before: %s", got)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- c.Run(ctx) }()
			time.Sleep(3 * time.Second)
			if got := why(); got != "source stuck still looks for what is there" {
				t.Errorf("at the start: %s", got)
			}
			if p := c.Positions(); string(p.Sources["stuck"]["a"]) != "1" {
				t.Errorf("positions: %+v", p)
			}
			time.Sleep(3 * time.Second)
			if got := why(); got != "" {
				t.Errorf("then: %s", got)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if got := why(); got != "it is ending" {
				t.Errorf("at the end: %s", got)
			}
		})
	}
}
