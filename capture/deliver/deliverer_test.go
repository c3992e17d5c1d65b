package deliver_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// In the bubble's time: how long a sink that fails is left alone, and that nothing is lost meanwhile.
func TestRetry(t *testing.T) {
	down := errors.New("connection refused")
	for _, tt := range []struct {
		name     string
		failures []error
		from, to time.Duration // how long it takes in all
	}{
		{"none", nil, 0, 0},
		{"once", []error{down}, 350 * time.Millisecond, 650 * time.Millisecond},
		{"ten times, at most 30 s each", slices.Repeat([]error{down}, 10), 100 * time.Second, 200 * time.Second},
		{"Retry-After", []error{&sink.Unavailable{Err: down, After: 60 * time.Second}}, 60 * time.Second, 60 * time.Second},
		{"Retry-After beyond reason", []error{&sink.Unavailable{Err: down, After: 24 * time.Hour}}, 5 * time.Minute, 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				to := &dest{answer: func(n int, _ []*record.Batch) error {
					if n <= len(tt.failures) {
						return tt.failures[n-1]
					}
					return nil
				}}
				d, stop := running(t, deliver.Config{Name: "x", Sink: to})
				var pool record.Pool
				put(t, d, batch(&pool, numbered(0, 10)...))
				put(t, d, batch(&pool, numbered(10, 20)...))
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took < tt.from || took > tt.to {
					t.Errorf("took %v, want %v to %v", took, tt.from, tt.to)
				}
				if diff := cmp.Diff(numbered(0, 20), to.texts()); diff != "" {
					t.Errorf("what arrived (-want +got):\n%s", diff)
				}
				s := d.Stats()
				balanced(t, s)
				if s.Delivered != 20 || s.Retries != uint64(len(tt.failures)) || s.Failing || s.QueuedBytes != 0 {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
}

// The board hears of an outage once when it begins and once when it ends.
func TestOutageIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told []notice.Change
		board := notice.New(func(c notice.Change) { told = append(told, c) })
		to := &dest{answer: func(n int, _ []*record.Batch) error {
			if n < 5 {
				return errors.New("connection refused")
			}
			return nil
		}}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, Board: board})
		put(t, d, batch(&record.Pool{}, "a"))
		time.Sleep(time.Second)
		if s := d.Stats(); !s.Failing || s.Queued != 1 {
			t.Errorf("in the outage: %+v", s)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		p := notice.Problem{Subject: "sink x", Text: "connection refused"}
		if diff := cmp.Diff([]notice.Change{{Problem: p}, {Problem: p, Ended: true}}, told); diff != "" {
			t.Errorf("what was told (-want +got):\n%s", diff)
		}
	})
}

// poisoned refuses every Write that has a record with this word in it.
func poisoned(_ int, batches []*record.Batch) error {
	for _, b := range batches {
		for i := range b.Records {
			if strings.Contains(string(b.Message(i)), "poison") {
				return &sink.Rejected{Reason: "invalid", Err: errors.New("answered 400")}
			}
		}
	}
	return nil
}

// What a sink refuses for good is dropped, told and counted; everything else arrives, in its order.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &dest{answer: poisoned, limits: sink.Limits{Bytes: 1 << 20, Linger: time.Second}}
		var dropped []string
		board := notice.New(func(notice.Change) {})
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, Board: board, Dropped: func(reason string, b *record.Batch, i int) {
			dropped = append(dropped, reason+" "+string(b.Message(i)))
		}})
		var pool record.Pool
		var done marks
		var order deliver.Order
		texts := numbered(0, 100)
		for _, i := range []int{0, 41, 42, 99} {
			texts[i] = "poison " + texts[i]
		}
		for i := 0; i < 100; i += 10 {
			b := batch(&pool, texts[i:i+10]...)
			b.Position = mark{i, &done}
			order.Add(b)
			put(t, d, b)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(numbered(0, 100), func(s string) bool { return s == "0000" || s == "0041" || s == "0042" || s == "0099" })
		if diff := cmp.Diff(want, to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"invalid poison 0000", "invalid poison 0041", "invalid poison 0042", "invalid poison 0099"}, dropped); diff != "" {
			t.Errorf("what was dropped (-want +got):\n%s", diff)
		}
		s := d.Stats()
		balanced(t, s)
		if s.Dropped["invalid"] != 4 || s.Delivered != 96 {
			t.Errorf("stats %+v", s)
		}
		if all := done.all(); len(all) == 0 || all[len(all)-1] != 90 || order.InFlight() != 0 {
			t.Errorf("committed %v, in flight %d", all, order.InFlight())
		}
	})
}

// A sink that refuses everything and has never taken anything is a wrong
// address: nothing is dropped, and it is not asked once for each record.
func TestRefusesEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var right atomic.Bool
		to := &dest{answer: func(int, []*record.Batch) error {
			if right.Load() {
				return nil
			}
			return &sink.Rejected{Reason: "invalid", Err: errors.New("answered 400")}
		}}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to})
		put(t, d, batch(&record.Pool{}, numbered(0, 1000)...))
		time.Sleep(10 * time.Minute)
		s := d.Stats()
		balanced(t, s)
		if s.Queued != 1000 || len(s.Dropped) > 0 || !s.Failing {
			t.Errorf("after ten minutes: %+v", s)
		}
		if n, _ := to.asked(); n > 26*30 { // about 25 tries in ten minutes, 2·8 + log2(1000) Writes each
			t.Errorf("asked %d times", n)
		}
		right.Store(true)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbered(0, 1000), to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
	})
}

// A sink that has gone for good ends Run, and every Put that waits for room.
func TestGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := &sink.Gone{Err: errors.New("broken pipe")}
		to := &dest{stall: make(chan struct{}), answer: func(int, []*record.Batch) error { return gone }}
		d := deliver.New(deliver.Config{Name: "x", Sink: to, QueueBytes: 1})
		ended := make(chan error, 1)
		go func() { ended <- d.Run(t.Context()) }()
		var pool record.Pool
		put(t, d, batch(&pool, "a"))
		waiting := make(chan error, 1)
		go func() {
			b := batch(&pool, "b")
			b.Hold(1)
			waiting <- d.Put(t.Context(), b)
		}()
		synctest.Wait()
		close(to.stall)
		if err := <-ended; !errors.Is(err, gone) {
			t.Errorf("Run: %v", err)
		}
		if err := <-waiting; !errors.Is(err, deliver.ErrClosed) {
			t.Errorf("the Put that waited: %v", err)
		}
		b := batch(&pool, "c")
		if err := d.Put(t.Context(), b); !errors.Is(err, deliver.ErrClosed) {
			t.Errorf("a Put afterwards: %v", err)
		}
		balanced(t, d.Stats())
	})
}

// Run ends with its ctx, whatever the sink does, and commits nothing that was not taken.
func TestEndOfContext(t *testing.T) {
	for _, tt := range []struct {
		name string
		to   *dest
	}{
		{"a sink that hangs", &dest{stall: make(chan struct{})}},
		{"a sink that is down", &dest{answer: func(int, []*record.Batch) error { return errors.New("down") }}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			// The stall is of this bubble, or it would not be durable.
			synctest.Test(t, func(t *testing.T) {
				if tt.to.stall != nil {
					tt.to.stall = make(chan struct{})
				}
				ctx, cancel := context.WithCancel(t.Context())
				d, stop := runningCtx(t, ctx, deliver.Config{Name: "x", Sink: tt.to})
				var done marks
				var order deliver.Order
				b := batch(&record.Pool{}, "a")
				b.Position = mark{1, &done}
				order.Add(b)
				put(t, d, b)
				time.Sleep(time.Minute)
				cancel()
				if err := stop(); err != nil {
					t.Errorf("Run: %v", err)
				}
				if len(done.all()) > 0 || order.InFlight() != 1 || d.Stats().Queued != 1 {
					t.Errorf("committed %v, in flight %d, stats %+v", done.all(), order.InFlight(), d.Stats())
				}
			})
		})
	}
}

// A Write gets what its sink wants: so many bytes, or what came within the linger.
func TestBatching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &dest{limits: sink.Limits{Bytes: 100, Linger: time.Second}}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to})
		var pool record.Pool
		began := time.Now()
		for range 10 { // 40 bytes each: two of them fit
			put(t, d, batch(&pool, numbered(0, 10)...))
		}
		synctest.Wait()
		if n, most := to.asked(); most != 2 || n != 4 && n != 5 {
			t.Errorf("%d writes of up to %d batches", n, most)
		}
		for d.Stats().Queued > 0 {
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(began); took > 1100*time.Millisecond {
			t.Errorf("the rest went out after %v", took)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	})
}
