package deliver_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// A full queue blocks who puts, and lets them in first come first served.
func TestFullQueueBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool record.Pool
		size := batch(&pool, "x").Size()
		to := &dest{stall: make(chan struct{})}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, QueueBytes: 3 * size})
		for _, text := range numbered(0, 3) {
			put(t, d, batch(&pool, text))
		}
		var in atomic.Int32
		for _, text := range numbered(3, 6) {
			go func() {
				put(t, d, batch(&pool, text))
				in.Add(1)
			}()
			synctest.Wait() // so that they queue up in this order
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		b := batch(&pool, "nobody waits for ever")
		b.Hold(1)
		if err := d.Put(ctx, b); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Put with a ctx that ends: %v", err)
		}
		if s := d.Stats(); in.Load() > 0 || s.Read != 3 || s.QueuedBytes > 3*size {
			t.Errorf("let in %d, stats %+v", in.Load(), s)
		}
		close(to.stall)
		synctest.Wait()
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbered(0, 6), to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
		balanced(t, d.Stats())
	})
}

// A batch that is larger than the whole queue goes in when it is alone.
func TestBatchLargerThanQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &dest{}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, QueueBytes: 1})
		var pool record.Pool
		for _, text := range numbered(0, 5) {
			put(t, d, batch(&pool, text))
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbered(0, 5), to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
	})
}

// A sink that would wait for more text is not waited for once the queue's memory is full of small batches.
func TestFullQueueEndsTheLinger(t *testing.T) {
	for _, policy := range []deliver.Policy{deliver.Block, deliver.DropOldest} {
		synctest.Test(t, func(t *testing.T) {
			var pool record.Pool
			size := batch(&pool, "x").Size()
			to := &dest{limits: sink.Limits{Bytes: 1 << 20, Linger: time.Hour}}
			d, stop := running(t, deliver.Config{Name: "x", Sink: to, QueueBytes: 10 * size, Full: policy})
			began := time.Now()
			for _, text := range numbered(0, 95) {
				put(t, d, batch(&pool, text))
			}
			if took := time.Since(began); took > 0 {
				t.Errorf("95 batches in a queue for 10 took %v", took)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			if policy == deliver.Block {
				if diff := cmp.Diff(numbered(0, 95), to.texts()); diff != "" {
					t.Errorf("what arrived (-want +got):\n%s", diff)
				}
				if writes, _ := to.asked(); writes > 11 {
					t.Errorf("%d writes for 95 batches in a queue for 10", writes)
				}
			}
			balanced(t, d.Stats())
		})
	}
}

// By policy the oldest go instead, counted; what the sink is writing stays, and positions go on.
func TestDropOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool record.Pool
		size := batch(&pool, "x").Size()
		to := &dest{stall: make(chan struct{})}
		d, stop := running(t, deliver.Config{Name: "x", Sink: to, QueueBytes: 3 * size, Full: deliver.DropOldest})
		var done marks
		var order deliver.Order
		for i, text := range numbered(0, 10) {
			b := batch(&pool, text)
			b.Position = mark{i, &done}
			order.Add(b)
			put(t, d, b)
			synctest.Wait() // the first is being written from here on
		}
		s := d.Stats()
		balanced(t, s)
		if s.Dropped[deliver.ReasonQueueFull] != 7 || s.Queued != 3 {
			t.Errorf("stats %+v", s)
		}
		close(to.stall)
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"0000", "0008", "0009"}, to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
		if all := done.all(); all[len(all)-1] != 9 {
			t.Errorf("committed %v", all)
		}
	})
}

// A dead sink that is being written all its queue may hold makes nobody wait where the oldest go.
func TestDropOldestWhileAllIsBeingWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pool record.Pool
		size := batch(&pool, "x").Size()
		to := &dest{stall: make(chan struct{}), limits: sink.Limits{Bytes: 1 << 20}}
		d := deliver.New(deliver.Config{Name: "x", Sink: to, QueueBytes: 3 * size, Full: deliver.DropOldest})
		for _, text := range numbered(0, 3) {
			put(t, d, batch(&pool, text))
		}
		ended := make(chan error, 1)
		go func() { ended <- d.Run(t.Context()) }()
		synctest.Wait() // all three are being written
		began := time.Now()
		for _, text := range numbered(3, 10) {
			put(t, d, batch(&pool, text))
		}
		s := d.Stats()
		balanced(t, s)
		if took := time.Since(began); took > 0 || s.Dropped[deliver.ReasonQueueFull] != 6 || s.QueuedBytes > 4*size {
			t.Errorf("it took %v, stats %+v", took, s)
		}
		close(to.stall)
		d.Close()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"0000", "0001", "0002", "0009"}, to.texts()); diff != "" {
			t.Errorf("what arrived (-want +got):\n%s", diff)
		}
	})
}

// Every sink gets every batch, and a batch is acknowledged when the last of them has it.
func TestFan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow, quick := &dest{stall: make(chan struct{})}, &dest{}
		d1, stop1 := running(t, deliver.Config{Name: "slow", Sink: slow})
		d2, stop2 := running(t, deliver.Config{Name: "quick", Sink: quick})
		fan := deliver.NewFan(d1, d2)
		var pool record.Pool
		var done marks
		var order deliver.Order
		send := func(n int, texts ...string) {
			b := batch(&pool, texts...)
			b.Position = mark{n, &done}
			order.Add(b)
			if err := fan.Send(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		send(1, "a")
		send(2) // of no records: its position still has to be told, in its turn
		send(3, "b")
		synctest.Wait()
		if len(quick.texts()) != 2 || len(done.all()) > 0 {
			t.Errorf("the quick one has %v, committed %v", quick.texts(), done.all())
		}
		close(slow.stall)
		fan.Close()
		if err := errors.Join(stop1(), stop2()); err != nil {
			t.Fatal(err)
		}
		for _, s := range []*dest{slow, quick} {
			if diff := cmp.Diff([]string{"a", "b"}, s.texts()); diff != "" {
				t.Errorf("what arrived (-want +got):\n%s", diff)
			}
		}
		if all := done.all(); all[len(all)-1] != 3 {
			t.Errorf("committed %v", all)
		}
		if err := fan.Send(t.Context(), batch(&pool, "late")); !errors.Is(err, deliver.ErrClosed) {
			t.Errorf("Send after Close: %v", err)
		}
	})
}

// Positions are committed in the order of their batches, never before all before them are acknowledged.
func TestOrder(t *testing.T) {
	for _, tt := range []struct {
		name string
		acks []int // in this order
		want []int // committed
		left int   // in flight
	}{
		{"in order", []int{0, 1, 2, 3}, []int{0, 1, 2, 3}, 0},
		{"backwards", []int{3, 2, 1, 0}, []int{3}, 0},
		{"a gap", []int{0, 2, 3}, []int{0}, 3},
		{"a gap that closes", []int{0, 3, 2, 1}, []int{0, 3}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var order deliver.Order
			var done marks
			var all []*record.Batch
			for i := range 4 {
				b := &record.Batch{Position: mark{i, &done}}
				order.Add(b)
				all = append(all, b)
			}
			for _, i := range tt.acks {
				order.Acknowledge(all[i])
			}
			if diff := cmp.Diff(tt.want, done.all()); diff != "" {
				t.Errorf("committed (-want +got):\n%s", diff)
			}
			if got := order.InFlight(); got != tt.left {
				t.Errorf("%d in flight, want %d", got, tt.left)
			}
		})
	}
}
