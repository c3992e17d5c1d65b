package scrape

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/analyze/recording"
)

// memory is a target in memory: it answers as a small Go service would, after
// the time that it takes, on the bubble's clock.
type memory struct {
	proto, dump, stats string
	takes              map[recording.Kind]time.Duration
	down               func(since time.Duration) bool
	start              time.Time

	mu    sync.Mutex
	asked map[recording.Kind]int
}

func newMemory(t *testing.T) *memory {
	return &memory{
		proto: profileOf(t, "/debug/pprof/goroutine"), dump: profileOf(t, "/debug/pprof/goroutine?debug=2"),
		stats: "heap profile: 0: 0\n# runtime.MemStats\n# Alloc = 1\n", takes: map[recording.Kind]time.Duration{},
		down: func(time.Duration) bool { return false }, start: time.Now(), asked: map[recording.Kind]int{},
	}
}

func (m *memory) RoundTrip(req *http.Request) (*http.Response, error) {
	if m.down(time.Since(m.start)) {
		return nil, errors.New("connection refused by the test")
	}
	kind, status, body := recording.Kind(req.URL.Path[strings.LastIndex(req.URL.Path, "/")+1:]), 200, m.proto
	switch {
	case req.URL.Query().Get("debug") == "2":
		kind, body = recording.Stacks, m.dump
	case kind == "heap":
		kind, body = recording.Memory, m.stats
	case kind == recording.Leak || kind == recording.Metrics:
		status, body = 404, "404 page not found"
	case kind == recording.Trace:
		body = "go 1.26 trace\x00\x00\x00"
	}
	m.mu.Lock()
	m.asked[kind]++
	m.mu.Unlock()
	timer := time.NewTimer(m.takes[kind])
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
}

// journal is what a watch delivered.
type journal struct {
	results []Result
	at      []time.Duration
}

func (l *journal) of(kind recording.Kind) (n, failed int) {
	for _, r := range l.results {
		if r.Kind == kind {
			n++
			if r.Failure != nil {
				failed++
			}
		}
	}
	return n, failed
}

// watched runs a watch in a bubble and gives what it delivered and how long it took.
func watched(t *testing.T, m *memory, o Options, plan Plan, ctx context.Context) (*journal, time.Duration, error) {
	t.Helper()
	o.transport = m
	c := client(t, "target:1", o)
	m.start = time.Now()
	l := &journal{}
	err := Watch(ctx, c, plan, func(r Result) {
		l.results, l.at = append(l.results, r), append(l.at, time.Since(m.start))
	})
	return l, time.Since(m.start), err
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		m.takes[recording.Goroutine] = 2 * time.Millisecond
		l, took, err := watched(t, m, Options{}, Plan{Interval: time.Second, Duration: time.Minute}, t.Context())
		if err != nil || took < time.Minute || took > time.Minute+time.Second {
			t.Fatalf("%v after %v", err, took)
		}
		if n, failed := l.of(recording.Goroutine); n < 60 || n > 61 || failed > 0 {
			t.Errorf("%d protos, %d failed", n, failed)
		}
		if n, _ := l.of(recording.Stacks); n != 13 {
			t.Errorf("%d dumps", n)
		}
		// What the target does not offer is told once and not asked again.
		if n, failed := l.of(recording.Leak); n != 1 || failed != 1 || m.asked[recording.Leak] != 1 {
			t.Errorf("leak profile delivered %d times, failed %d, asked %d", n, failed, m.asked[recording.Leak])
		}
		if l.results[0].Kind != recording.Goroutine || l.results[len(l.results)-1].Kind != recording.Memory {
			t.Errorf("first %s, last %s", l.results[0].Kind, l.results[len(l.results)-1].Kind)
		}
	})
}

// TestStretch: a target whose protos are dear is asked less often.
func TestStretch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		m.takes[recording.Goroutine] = 230 * time.Millisecond
		l, _, err := watched(t, m, Options{}, Plan{Interval: time.Second, Duration: 5 * time.Minute}, t.Context())
		if n, _ := l.of(recording.Goroutine); err != nil || n < 7 || n > 10 {
			t.Errorf("%v, %d protos in five minutes", err, n)
		}
		if next := l.results[0].Interval; next < 23*time.Second {
			t.Errorf("the first result says that the next comes in %v", next)
		}
	})
}

func TestForce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		m.takes[recording.Goroutine] = 230 * time.Millisecond
		l, _, err := watched(t, m, Options{Force: true}, Plan{Interval: time.Second, Duration: time.Minute}, t.Context())
		if n, _ := l.of(recording.Goroutine); err != nil || n < 59 {
			t.Errorf("%v, %d protos in a minute", err, n)
		}
	})
}

func TestSamples(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, took, err := watched(t, newMemory(t), Options{}, Plan{Interval: time.Second, Samples: 10}, t.Context())
		if n, _ := l.of(recording.Goroutine); err != nil || n != 10 || took > 10*time.Second {
			t.Errorf("%v, %d protos in %v", err, n, took)
		}
	})
}

// TestFirstFails: a watch that never saw its target is an error, with a hint where there is one.
func TestFirstFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		m.proto = "<!doctype html>"
		l, _, err := watched(t, m, Options{}, Plan{Duration: time.Minute}, t.Context())
		if err == nil || hintOf(err) == "" || len(l.results) != 0 {
			t.Errorf("%v with hint %q, %d delivered", err, hintOf(err), len(l.results))
		}
	})
}

// TestGap: a target that goes away is asked again, with growing pauses, and
// when it is back its first dump is taken like at the beginning.
func TestGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		m.down = func(at time.Duration) bool { return at >= 20*time.Second && at < 50*time.Second }
		l, took, err := watched(t, m, Options{}, Plan{Interval: time.Second, Duration: 90 * time.Second}, t.Context())
		if err != nil || took < 90*time.Second {
			t.Fatalf("%v after %v", err, took)
		}
		var gaps []time.Duration
		back := -1
		for i, r := range l.results {
			if r.Failure != nil && !r.Failure.Absent() {
				gaps = append(gaps, l.at[i])
				back = i + 1
			}
		}
		if len(gaps) < 7 || len(gaps) > 10 {
			t.Errorf("asked at %v in 30 s of silence", gaps)
		}
		for i := 1; i < len(gaps); i++ {
			if pause := gaps[i] - gaps[i-1]; pause > backoffMax {
				t.Errorf("a pause of %v", pause)
			}
		}
		if next := l.results[back : back+3]; next[0].Kind != recording.Goroutine || next[1].Kind != recording.Memory || next[2].Kind != recording.Stacks {
			t.Errorf("after the gap: %s %s %s", next[0].Kind, next[1].Kind, next[2].Kind)
		}
	})
}

// TestCtrlC: an interrupted watch takes its closing scrapes, quickly.
func TestCtrlC(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 17500*time.Millisecond)
		defer cancel()
		m := newMemory(t)
		m.takes[recording.Stacks] = 100 * time.Millisecond
		l, took, err := watched(t, m, Options{}, Plan{Interval: 10 * time.Second}, ctx)
		if err != nil || took > 18*time.Second {
			t.Fatalf("%v after %v", err, took)
		}
		var closing []string
		for i, r := range l.results {
			if l.at[i] >= 17500*time.Millisecond {
				closing = append(closing, string(r.Kind))
			}
		}
		if got := strings.Join(closing, " "); got != "goroutine stacks heap" && got != "goroutine stacks memory" {
			t.Errorf("closing: %s", got)
		}
	})
}

// TestCtrlCHanging: a target that hangs delays the end no longer than the bound.
func TestCtrlCHanging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10500*time.Millisecond)
		defer cancel()
		m := newMemory(t)
		o := Options{transport: m}
		c := client(t, "target:1", o)
		start := time.Now()
		failures := 0
		err := Watch(ctx, c, Plan{Interval: time.Second}, func(r Result) {
			if time.Since(start) > 9*time.Second {
				m.takes[recording.Stacks] = time.Hour
			}
			if r.Failure != nil && !r.Failure.Absent() {
				failures++
			}
		})
		if took := time.Since(start); err != nil || took > 10500*time.Millisecond+closingInterrupted || failures != 1 {
			t.Errorf("%v after %v, %d failures", err, took, failures)
		}
	})
}

// TestTraceBeside: a trace of three seconds holds up no tick, and comes in order.
func TestTraceBeside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		m.takes[recording.Trace] = 3 * time.Second
		plan := Plan{Interval: 500 * time.Millisecond, Duration: 20 * time.Second, Suspicion: func() Suspicion { return Suspicion{Trace: true} }}
		l, _, err := watched(t, m, Options{}, plan, t.Context())
		if n, failed := l.of(recording.Trace); err != nil || n != 2 || failed != 0 {
			t.Errorf("%v, %d traces, %d failed", err, n, failed)
		}
		if n, _ := l.of(recording.Goroutine); n < 40 {
			t.Errorf("%d protos in 20 s", n)
		}
		for i := 1; i < len(l.at); i++ {
			if l.at[i] < l.at[i-1] {
				t.Errorf("%s at %v after %s at %v", l.results[i].Kind, l.at[i], l.results[i-1].Kind, l.at[i-1])
			}
		}
	})
}

// TestTraceInterrupted: Ctrl-C during a trace does not wait for its end.
func TestTraceInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		m := newMemory(t)
		m.takes[recording.Trace] = time.Minute
		l, took, err := watched(t, m, Options{TraceSeconds: 3}, Plan{Suspicion: func() Suspicion { return Suspicion{Trace: true} }}, ctx)
		if n, _ := l.of(recording.Trace); err != nil || n != 0 || took > 2*time.Second {
			t.Errorf("%v after %v, %d traces", err, took, n)
		}
	})
}

// TestWatchProcess watches this process over the network; forced, for on a busy
// machine the share of a core would stretch it.
func TestWatchProcess(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	c := client(t, serve(t, target()).URL, Options{NoTrace: true, Force: true})
	var totals []int
	seen := map[recording.Kind]bool{}
	err := Watch(t.Context(), c, Plan{Interval: time.Millisecond, Samples: 5}, func(r Result) {
		if r.Failure != nil {
			return
		}
		seen[r.Kind] = true
		if r.Kind == recording.Goroutine {
			totals = append(totals, r.Total)
			for range 10 {
				go func() { <-stop }()
			}
		}
	})
	if err != nil || len(totals) != 5 || totals[4]-totals[0] < 40 {
		t.Errorf("%v, totals %v; ten more are born after each", err, totals)
	}
	if !seen[recording.Stacks] || !seen[recording.Memory] {
		t.Errorf("seen %v", seen)
	}
}
