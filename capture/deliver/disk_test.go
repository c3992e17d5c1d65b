package deliver_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
)

func openQueue(t *testing.T, o queue.Options) *queue.Queue {
	t.Helper()
	q, _, err := queue.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// A position is committed when its batch is synced in the queue, though the sink takes nothing; what waits is delivered by the next run.
func TestCommittedWhenSynced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := queue.Options{Dir: t.TempDir(), Sync: queue.Sync{Every: 10 * time.Second}}
		to := &dest{answer: func(int, []*record.Batch) error { return errors.New("down") }}
		ctx, cancel := context.WithCancel(t.Context())
		d, stop := runningCtx(t, ctx, deliver.Config{Name: "x", Sink: to, Queue: openQueue(t, o)})
		var pool record.Pool
		log := &marks{}
		var order deliver.Order
		for i := range 3 {
			b := batch(&pool, numbered(10*i, 10*i+10)...)
			b.Position = mark{i, log}
			order.Add(b)
			put(t, d, b)
		}
		time.Sleep(9 * time.Second)
		synctest.Wait()
		if got := log.all(); len(got) != 0 {
			t.Errorf("committed before it was synced: %v", got)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if diff := cmp.Diff([]int{0, 1, 2}, log.all()); diff != "" {
			t.Errorf("committed (-want +got):\n%s", diff)
		}
		cancel()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if s := d.Stats(); s.Queued != 30 || s.Delivered != 0 || !s.Failing {
			t.Errorf("stats %+v", s)
		}
		balanced(t, d.Stats())
		if err := d.Put(t.Context(), batch(&pool, "late")); !errors.Is(err, deliver.ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
		well := &dest{}
		d, stop = running(t, deliver.Config{Name: "x", Sink: well, Queue: openQueue(t, o)})
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbered(0, 30), well.texts()); diff != "" {
			t.Errorf("the next run delivered (-want +got):\n%s", diff)
		}
		if s := d.Stats(); s.Read != 30 || s.Delivered != 30 || s.Queued != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

// At the bound: told, and by policy counted or waited for. It ends by itself.
func TestDiskQueueFull(t *testing.T) {
	for full, name := range map[queue.Full]string{queue.Block: "block", queue.DropOldest: "drop-oldest"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				board := notice.New(func(notice.Change) {})
				to := &dest{stall: make(chan struct{})}
				d, stop := running(t, deliver.Config{Name: "x", Sink: to, Board: board, Queue: openQueue(t, queue.Options{Dir: t.TempDir(), Bytes: 1 << 20, Full: full})})
				ended := make(chan struct{})
				var pool record.Pool
				go func() {
					defer close(ended)
					for i := range 200 {
						b := batch(&pool, numbered(i, i+1)...)
						b.Buf = append(b.Buf, make([]byte, 20<<10)...)
						put(t, d, b)
					}
				}()
				time.Sleep(time.Minute)
				s := d.Stats()
				balanced(t, s)
				if p := board.Open(); len(p) != 1 || p[0].Subject != "queue x is full" || p[0].Hint == "" || s.QueuedBytes > 1<<20 {
					t.Errorf("open: %+v, stats %+v", p, s)
				}
				waits := full == queue.Block
				if since := s.WaitingFrom; !since.IsZero() != waits || waits && time.Since(since) < 50*time.Second {
					t.Errorf("it waits for room since %v", since)
				}
				close(to.stall)
				<-ended
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if s = d.Stats(); !s.WaitingFrom.IsZero() || !s.StoringFrom.IsZero() {
					t.Errorf("it waits for room since %v, for the disk since %v", s.WaitingFrom, s.StoringFrom)
				}
				balanced(t, s)
				got := to.texts()
				if s.Read != 200 || s.Queued != 0 || len(got) != int(s.Delivered) || len(board.Open()) > 0 {
					t.Errorf("stats %+v, open %+v, %d arrived", s, board.Open(), len(got))
				}
				if dropped := s.Dropped[deliver.ReasonQueueFull]; (dropped > 0) != (full == queue.DropOldest) || dropped+s.Delivered != 200 {
					t.Errorf("stats %+v", s)
				}
				if got[len(got)-1] != "0199" {
					t.Errorf("the last that came is %s", got[len(got)-1])
				}
			})
		})
	}
}

// What the disk does not give back is counted as dropped, told, and holds nothing up.
func TestDamagedQueue(t *testing.T) {
	dir := t.TempDir()
	q := openQueue(t, queue.Options{Dir: dir, Sync: queue.Sync{Never: true}})
	for i := range 3 {
		b := batch(&record.Pool{}, numbered(10*i, 10*i+10)...)
		b.Hold(1)
		if err := q.Append(t.Context(), b, func(uint64, uint64) {}); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	named, err := filepath.Glob(filepath.Join(dir, "*.queue"))
	if err != nil || len(named) != 1 {
		t.Fatal(named, err)
	}
	text, err := os.ReadFile(named[0])
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(named[0], text, 0o600); err != nil {
		t.Fatal(err)
	}
	told := 0
	board := notice.New(func(notice.Change) { told++ })
	to := &dest{}
	d, stop := running(t, deliver.Config{Name: "x", Sink: to, Board: board, Queue: openQueue(t, queue.Options{Dir: dir})})
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	s := d.Stats()
	balanced(t, s)
	if s.Read != 30 || s.Delivered != 20 || s.Dropped[deliver.ReasonDamaged] != 10 || told != 1 || len(board.Open()) > 0 {
		t.Errorf("stats %+v, told %d", s, told)
	}
	if diff := cmp.Diff(append(numbered(0, 10), numbered(20, 30)...), to.texts()); diff != "" {
		t.Errorf("what arrived (-want +got):\n%s", diff)
	}
}
