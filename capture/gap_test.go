package capture_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// A source that is changed while its batch waits for room is read again from there. What a stage held of it does
// not go before that batch, although there is room a moment later.
func TestNothingGoesBeyondAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &collecting{fail: func(context.Context, []*record.Batch) error {
			time.Sleep(700 * time.Millisecond)
			return nil
		}}
		s := &counting{name: "count", origins: 1, committed: make([]int, 1)}
		r := run(t, capture.Config{
			Sources: []source.Source{s}, Sinks: []deliver.Config{quick("x", to)},
			Stages: []capture.Stage{{ID: "1", Make: func(p *record.Pool) process.Stage { return &holding{pool: p} }}},
		})
		defer r.quit()
		for range 20 {
			time.Sleep(5300 * time.Millisecond)
			plan := capture.Plan{
				Sources: []capture.SourcePlan{changeSource(s)}, Sinks: []capture.SinkPlan{keepSink("x")},
				Stages: []capture.Stage{{ID: "1", Make: func(p *record.Pool) process.Stage { return &holding{pool: p} }}},
			}
			if err := r.Reload(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
		}
		r.end()
		to.mu.Lock()
		defer to.mu.Unlock()
		next := 0
		for _, n := range to.got["count-0"] {
			if n > next {
				t.Fatalf("%d came where %d was next", n, next)
			}
			next = max(next, n+1)
		}
		if next < 100 {
			t.Errorf("%d came", next)
		}
	})
}
