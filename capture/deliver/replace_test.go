package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

func give(s sink.Sink) func() (sink.Sink, error) { return func() (sink.Sink, error) { return s, nil } }

func refusing() *dest {
	return &dest{answer: func(int, []*record.Batch) error { return errors.New("down") }}
}

// A Deliverer ends with its ctx, also when that is done between two Writes and nobody has closed it.
func TestEndsBetweenWrites(t *testing.T) {
	for name, dir := range map[string]string{"memory": "", "disk": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg := deliver.Config{Name: "x", Sink: &dest{answer: func(int, []*record.Batch) error { cancel(); return nil }}}
			if dir != "" {
				cfg.Queue = openQueue(t, queue.Options{Dir: dir})
			}
			d := deliver.New(cfg)
			ended := make(chan error, 1)
			go func() { ended <- d.Run(ctx) }()
			put(t, d, batch(&record.Pool{}, "x"))
			select {
			case err := <-ended:
				if s := d.Stats(); err != nil || s.Delivered != 1 || s.Queued != 0 {
					t.Errorf("%v, %+v", err, s)
				}
			case <-time.After(time.Minute):
				t.Fatal("it goes on")
			}
		})
	}
}

// Another sink takes what waited on disk for the one before, in order and once.
func TestReplaceKeepsTheQueueOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := notice.New(func(notice.Change) {})
		cfg := deliver.Config{Name: "x", Sink: refusing(), Board: board, Queue: openQueue(t, queue.Options{Dir: t.TempDir()})}
		d, stop := running(t, cfg)
		var pool record.Pool
		for i := range 10 {
			put(t, d, batch(&pool, numbered(10*i, 10*i+10)...))
		}
		time.Sleep(time.Minute)
		if s := d.Stats(); s.Queued != 100 || !s.BreakerOpen || !s.Disk || len(board.Open()) == 0 {
			t.Errorf("stats %+v, open %+v", s, board.Open())
		}
		to := &dest{}
		next := deliver.Config{Name: "x", RetryFirst: time.Second, BreakAfter: 3}
		if err := d.Replace(t.Context(), next, give(to), give(cfg.Sink)); err != nil {
			t.Fatal(err)
		}
		put(t, d, batch(&pool, "0100"))
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbered(0, 101), to.texts()); diff != "" {
			t.Errorf("the new sink got (-want +got):\n%s", diff)
		}
		s := d.Stats()
		balanced(t, s)
		if s.Read != 101 || s.Failing || s.BreakerOpen || len(s.Dropped) > 0 || len(board.Open()) > 0 {
			t.Errorf("stats %+v, open %+v", s, board.Open())
		}
	})
}

// A removed sink leaves what it has not taken in its queue on disk, says so, and does not count it;
// the next one of the name delivers it.
func TestRetireLeavesTheQueueOnDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := queue.Options{Dir: t.TempDir()}
		var told []string
		board := notice.New(func(c notice.Change) { told = append(told, fmt.Sprintf("%s|%v", c.Text, c.Ended)) })
		first := &dest{answer: func(n int, _ []*record.Batch) error {
			if n > 3 {
				return errors.New("down")
			}
			return nil
		}}
		first.limits = sink.Limits{Bytes: 1}
		d, _ := running(t, deliver.Config{Name: "x", Sink: first, Board: board, Queue: openQueue(t, o)})
		var pool record.Pool
		log := &marks{}
		for i := range 10 {
			b := batch(&pool, numbered(10*i, 10*i+10)...)
			b.Position = mark{i, log}
			var order deliver.Order
			order.Add(b)
			put(t, d, b)
		}
		time.Sleep(time.Minute)
		began := time.Now()
		d.Retire(10 * time.Second)
		<-d.Ended()
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it ended after %v", took)
		}
		s := d.Stats()
		balanced(t, s)
		if s.Read != 30 || s.Delivered != 30 || s.Queued != 0 || len(s.Dropped) > 0 || s.QueuedBytes != 0 {
			t.Errorf("stats %+v", s)
		}
		if len(log.all()) != 10 {
			t.Errorf("committed %v", log.all())
		}
		if want := "the sink x was removed and has not taken all: 70 records stay in its queue|false"; told[len(told)-1] != want || len(board.Open()) > 0 {
			t.Errorf("told %v, open %v", told, board.Open())
		}
		late := batch(&pool, "late") // a source had chosen the sink just before
		put(t, d, late)
		s = d.Stats()
		balanced(t, s)
		if s.Dropped[deliver.ReasonSinkRemoved] != 1 || s.Read != 31 {
			t.Errorf("stats %+v", s)
		}
		to := &dest{}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, Queue: openQueue(t, o)})
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbered(30, 100), to.texts()); diff != "" {
			t.Errorf("the sink that came back got (-want +got):\n%s", diff)
		}
		if s := d.Stats(); s.Read != 70 || s.Delivered != 70 {
			t.Errorf("stats %+v", s)
		}
	})
}

// Whoever waits for room in the queue on disk of a sink is let go when that is removed, at once and counted.
func TestRetireLetsGoWhoWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		board := notice.New(func(notice.Change) {})
		d, _ := running(t, deliver.Config{Name: "x", Sink: refusing(), Board: board, Queue: openQueue(t, queue.Options{Dir: t.TempDir(), Bytes: 1 << 20})})
		var pool record.Pool
		var all sync.WaitGroup
		n := 0
		for i := range 3 {
			all.Go(func() {
				for range 40 {
					b := batch(&pool, numbered(i, i+1)...)
					b.Buf = append(b.Buf, make([]byte, 20<<10)...)
					put(t, d, b)
				}
			})
			n += 40
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		waits := d.Stats()
		if waits.Read >= 120 || len(board.Open()) != 2 {
			t.Errorf("nobody waits: %+v, open %+v", waits, board.Open())
		}
		began := time.Now()
		d.Retire(10 * time.Second)
		all.Wait()
		if took := time.Since(began); took > time.Second {
			t.Errorf("they were let go after %v", took)
		}
		<-d.Ended()
		s := d.Stats()
		balanced(t, s)
		if want := uint64(n) - waits.Read; s.Dropped[deliver.ReasonSinkRemoved] != want || s.Read != want || len(board.Open()) > 0 {
			t.Errorf("dropped %v, want %d; %+v, open %+v", s.Dropped, want, s, board.Open())
		}
	})
}

// Changes and removals at any moment, with sinks that fail now and then: each record is delivered once or
// counted, and the account is right at every moment.
func TestReplaceAndRetireAtAnyMoment(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 5))
			o := queue.Options{Dir: t.TempDir(), Bytes: 1 << 20, Sync: queue.Sync{Every: time.Millisecond, Never: seed%3 == 0}}
			to := &dest{limits: sink.Limits{Bytes: 4 << 10}}
			to.answer = func(n int, _ []*record.Batch) error {
				time.Sleep(time.Duration(n%7) * 100 * time.Microsecond)
				if n%5 == 0 {
					return errors.New("down")
				}
				return nil
			}
			cfg := deliver.Config{Name: "x", Sink: to, RetryFirst: time.Millisecond, RetryMost: 2 * time.Millisecond}
			const puts = 300
			next, removed := 0, uint64(0)
			var pool record.Pool
			for round := 0; next < puts; round++ {
				if round > 1000 {
					t.Fatal("it does not come to an end")
				}
				cfg.Queue = openQueue(t, o)
				d := deliver.New(cfg)
				ended := make(chan error, 1)
				go func() { ended <- d.Run(t.Context()) }()
				var all sync.WaitGroup
				until := min(puts, next+1+random.IntN(80))
				from := next
				all.Go(func() {
					for i := from; i < until; i++ {
						b := batch(&pool, numbered(i, i+1)...)
						b.Buf = append(b.Buf, make([]byte, 10<<10)...)
						put(t, d, b)
					}
				})
				next = until
				pause := func() { time.Sleep(time.Duration(random.IntN(3000)) * time.Microsecond) }
				for range random.IntN(4) {
					pause()
					if err := d.Replace(t.Context(), cfg, give(&again{to}), give(&again{to})); err != nil {
						t.Fatal(err)
					}
					balanced(t, d.Stats())
				}
				pause()
				d.Retire(time.Duration(random.IntN(5)) * time.Millisecond)
				balanced(t, d.Stats())
				all.Wait()
				<-d.Ended()
				if err := <-ended; err != nil {
					t.Fatal(err)
				}
				s := d.Stats()
				balanced(t, s)
				removed += s.Dropped[deliver.ReasonSinkRemoved]
				if n := len(s.Dropped); n > 1 || n == 1 && s.Dropped[deliver.ReasonSinkRemoved] == 0 {
					t.Errorf("dropped %v", s.Dropped)
				}
			}
			cfg.Queue = openQueue(t, o)
			d, stop := running(t, cfg)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			balanced(t, d.Stats())
			// A Write that was taken and not acknowledged comes again; nothing is out of order otherwise.
			seen := map[string]bool{}
			for _, text := range to.texts() {
				seen[text] = true
			}
			if uint64(len(seen))+removed != puts {
				t.Errorf("%d arrived and %d are counted, of %d", len(seen), removed, puts)
			}
		})
	}
}

// again is another sink to the same place.
type again struct{ *dest }

func (*again) Close() error { return nil }
