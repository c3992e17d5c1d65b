package capture_test

import (
	"context"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// holding is a stage that holds back the last record of each batch until the next one comes.
type holding struct {
	pool  *record.Pool
	held  *record.Batch
	since int64
	last  record.Position // of the batch before: the last of which nothing is held
	stats process.Stats
}

func (h *holding) Process(b *record.Batch, now int64) *record.Batch {
	h.stats.In += uint64(len(b.Records))
	out := h.pool.Get(b.Origin, 256)
	out.Position = h.last
	for i := range h.records() {
		out.Append(h.held.Records[i], h.held.Message(i))
	}
	n := len(b.Records) - 1
	for i := range n {
		out.Append(b.Records[i], b.Message(i))
	}
	h.last, h.since = b.Position, now
	h.held = h.pool.Get(b.Origin, 256)
	h.held.Append(b.Records[n], b.Message(n))
	h.held.Position = b.Position
	h.stats.Out += uint64(len(out.Records))
	b.Release()
	return out
}

func (h *holding) records() int {
	if h.held == nil {
		return 0
	}
	return len(h.held.Records)
}

func (h *holding) Flush(before int64) *record.Batch {
	if h.held == nil || h.since >= before {
		return nil
	}
	b := h.held
	h.held = nil
	h.stats.Out += uint64(len(b.Records))
	return b
}

func (h *holding) Stats() process.Stats { return h.stats }

// What stages hold is sent on when its time is over or its stream is closed, and
// its position is not committed before.
func TestHeldRecords(t *testing.T) {
	for _, tt := range []struct {
		name   string
		linger time.Duration // before the source ends
	}{
		{"until the stream is closed", 0},
		{"until it has waited long enough", 5 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				to := &collecting{}
				s := &counting{name: "count", origins: 1, committed: make([]int, 1)}
				one := &once{s, tt.linger, func(at string, want []int) {
					synctest.Wait()
					to.mu.Lock()
					defer to.mu.Unlock()
					if diff := cmp.Diff(want, to.got["count-0"]); diff != "" {
						t.Errorf("%s (-want +got):\n%s", at, diff)
					}
				}}
				var made int
				c, err := capture.New(capture.Config{
					Sources: []source.Source{one}, Sinks: []deliver.Config{{Name: "x", Sink: to}},
					Stages: []capture.Stage{
						{Make: func(p *record.Pool) process.Stage { made++; return &holding{pool: p} }},
						{Make: func(p *record.Pool) process.Stage { return &holding{pool: p} }},
					},
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := c.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]int{0, 1, 2, 3}, to.got["count-0"]); diff != "" || s.committed[0] != 4 || made != 1 {
					t.Errorf("at the end: committed %d, %d stages made, (-want +got)\n%s", s.committed[0], made, diff)
				}
				st := c.Stats()
				if st.Stages[0] != (process.Stats{In: 4, Out: 4}) || st.Stages[1].Out != 4 {
					t.Errorf("stages %+v", st.Stages)
				}
			})
		})
	}
}

// once sends two batches of two records.
type once struct {
	*counting
	linger time.Duration
	look   func(at string, want []int)
}

func (o *once) Run(ctx context.Context, out source.Output) error {
	to := out.Open("count-0")
	origin := &record.Origin{Key: "count-0"}
	for i := 0; i < 4; i += 2 {
		b := out.Pool().Get(origin, 10)
		b.Append(record.Record{}, []byte{byte('0' + i)})
		b.Append(record.Record{}, []byte{byte('1' + i)})
		b.Position = &place{o.counting, 0, i + 2}
		if err := to.Send(ctx, b); err != nil {
			return err
		}
	}
	o.look("at once", []int{0, 1}) // 2 is held by the second stage, 3 by the first
	if o.linger > 0 {
		time.Sleep(o.linger)
		o.look("later", []int{0, 1, 2, 3})
	}
	return to.Close(ctx)
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}
