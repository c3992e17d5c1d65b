package capture_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// With a queue on disk, sinks that fail in every way and a collector that is ended at random moments: positions may be ahead of
// what is delivered, and every record still reaches the sink or is counted as dropped. In each run read = delivered + dropped + queued, and what was queued
// at its end is what the next one begins with.
func TestNothingIsLostOnDisk(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			const origins, until = 5, 2000
			random := rand.New(rand.NewPCG(seed, 3))
			s := &counting{name: "count", origins: origins, until: until, seed: seed, committed: make([]int, origins)}
			first, second := &collecting{fail: failing(seed, true)}, &collecting{fail: failing(seed+100, false)}
			dir := t.TempDir()
			var queued [2]uint64
			for run := 0; ; run++ {
				if run > 300 {
					t.Fatal("it does not come to an end")
				}
				configs := []deliver.Config{quick("first", first), quick("second", second)}
				for i := range configs {
					q, found, err := queue.Open(queue.Options{Dir: filepath.Join(dir, configs[i].Name), Bytes: 1 << 20, Sync: queue.Sync{Every: 5 * time.Millisecond, Never: seed == 2}})
					if err != nil {
						t.Fatal(err)
					}
					// More than what was queued is what was taken in a Write that was not taken whole.
					if found.Waiting < queued[i] || len(found.Notes) > 0 {
						t.Fatalf("run %d, %s: %d were queued, found %+v", run, configs[i].Name, queued[i], found)
					}
					configs[i].Queue = q
				}
				c, err := capture.New(capture.Config{Sources: []source.Source{s}, Sinks: configs, DrainTimeout: 2 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithCancel(t.Context())
				stop := time.AfterFunc(time.Duration(random.IntN(30_000_000)), cancel)
				dead := random.IntN(2) == 0
				if dead { // what is read waits on disk
					first.down.Store(true)
					second.down.Store(true)
				}
				if dead {
					time.AfterFunc(100*time.Millisecond, func() { first.down.Store(false); second.down.Store(false) })
				}
				err = c.Run(ctx)
				stop.Stop()
				cancel()
				if err != nil {
					t.Fatal(err)
				}
				s.busy.Wait()
				empty := true
				for i, n := range c.Stats().Sinks {
					accounted(t, n)
					queued[i] = n.Queued
					empty = empty && n.Queued == 0
				}
				if empty && done(s.committed, until) {
					break
				}
			}
			for i := range origins {
				complete(t, "first", first.got[s.key(i)], until, true)
				complete(t, "second", second.got[s.key(i)], until, false)
			}
		})
	}
}

// One sink is dead for as long as it takes; the other one, behind its own queue, is held up by nothing.
func TestDeadSinkHoldsNobodyUp(t *testing.T) {
	const until = 20_000
	s := &counting{name: "count", origins: 1, until: until, committed: make([]int, 1)}
	dead, well := &collecting{}, &collecting{}
	dead.down.Store(true)
	q, _, err := queue.Open(queue.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	first := quick("dead", dead)
	first.Queue, first.RetryMost = q, 10*time.Millisecond
	first.Dropped = func(string, *record.Batch, int) { t.Error("something was dropped") }
	c, err := capture.New(capture.Config{Sources: []source.Source{s}, Sinks: []deliver.Config{first, quick("well", well)}})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	for began := time.Now(); c.Stats().Sinks[1].Delivered < until; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("the other sink has %+v", c.Stats().Sinks[1])
		}
	}
	if n := c.Stats().Sinks[0]; n.Queued != until || n.Delivered != 0 || n.QueuedBytes == 0 {
		t.Errorf("the dead one: %+v", n)
	}
	dead.down.Store(false)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	complete(t, "dead", dead.got[s.key(0)], until, false)
	accounted(t, c.Stats().Sinks[0])
}
