package deliver_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// jumps are how far a clock is set.
var jumps = []time.Duration{-30 * 365 * 24 * time.Hour, -time.Hour, time.Hour, 30 * 365 * 24 * time.Hour}

// Waits are measured by timers, which do not jump with the clock. What it
// reaches are the times of records, and what a destination asks for when one
// of the two clocks was set: a Retry-After that is a date. Neither holds anything up or loses it.
func TestClockJumps(t *testing.T) {
	const linger, most = 10 * time.Second, 5 * time.Minute
	for _, jump := range jumps {
		t.Run(jump.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := &dest{limits: sink.Limits{Bytes: 1 << 20, Linger: linger}, answer: func(n int, _ []*record.Batch) error {
					if n%2 == 1 {
						return &sink.Unavailable{Err: errors.New("busy"), After: jump}
					}
					return nil
				}}
				d, stop := running(t, deliver.Config{Name: "x", Sink: to})
				var pool record.Pool
				for i := range 3 {
					began := time.Now()
					b := batch(&pool, numbered(10*i, 10*i+10)...)
					for k := range b.Records {
						b.Records[k].Time = began.Add(jump * time.Duration(i)).UnixNano()
					}
					put(t, d, b)
					time.Sleep(linger + most + time.Second)
					synctest.Wait()
					if diff := cmp.Diff(numbered(0, 10*i+10), to.texts()); diff != "" {
						t.Fatalf("what had arrived when the linger and the longest Retry-After were over (-want +got):\n%s", diff)
					}
					wait := d.Stats().LastSuccess.Sub(began)
					if asked := min(max(jump, 0), most); wait < linger+asked || wait > linger+asked+time.Second {
						t.Errorf("it took %v, with a linger of %v and %v asked for", wait, linger, asked)
					}
				}
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				if s := d.Stats(); s.Delivered != 30 || s.Retries != 3 || s.Failing {
					t.Errorf("stats %+v", s)
				}
				balanced(t, d.Stats())
			})
		})
	}
}
