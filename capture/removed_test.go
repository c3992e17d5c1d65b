package capture_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/checkpoint"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// The positions of a source that this run does not have stay in the checkpoint: the source may come back.
func TestPositionsOfOtherSourcesStay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &counting{name: "count", origins: 1, until: 100, committed: make([]int, 1)}
		r := run(t, capture.Config{
			Sources: []source.Source{s}, Sinks: []deliver.Config{quick("x", &collecting{})},
			Kept: checkpoint.Sections{"away": {"away-0": json.RawMessage("7")}, "count": {"count-0": json.RawMessage("1"), "old": json.RawMessage("2")}},
		})
		time.Sleep(5 * time.Second)
		r.end()
		l, err := r.store.Load(time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if string(l.Sections["away"]["away-0"]) != "7" || string(l.Sections["count"]["count-0"]) != "100" || l.Sections["count"]["old"] != nil {
			t.Errorf("kept: %s", l.Sections)
		}
	})
}

func pausing(context.Context, []*record.Batch) error {
	time.Sleep(100 * time.Millisecond)
	return nil
}

// A sink that is removed and comes back a hundred times is one sink in the numbers, which add up.
func TestSinkThatComesAndGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &counting{name: "count", origins: 1, committed: make([]int, 1)}
		slow := &collecting{fail: pausing}
		r := run(t, capture.Config{Sources: []source.Source{s}, Sinks: []deliver.Config{quick("x", slow)}})
		defer r.quit()
		plan := capture.Plan{Sources: []capture.SourcePlan{keepSource("count")}, Sinks: []capture.SinkPlan{keepSink("x")}}
		var before uint64
		for i := range 100 {
			with := plan
			with.Sinks = append(with.Sinks[:1:1], changeSink("y", &collecting{fail: pausing}))
			for _, p := range []capture.Plan{with, plan} {
				time.Sleep(time.Second)
				if err := r.Reload(t.Context(), p); err != nil {
					t.Fatal(err)
				}
			}
			r.conserved()
			st := r.Stats()
			if len(st.Sinks) != 2 || st.Sinks[1].Name != "y" || st.Sinks[1].Read <= before {
				t.Fatalf("after %d: %+v, before it had read %d", i+1, st.Sinks, before)
			}
			before = st.Sinks[1].Read
		}
		r.end()
	})
}
