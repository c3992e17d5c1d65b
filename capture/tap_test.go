package capture_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tap"
)

// doubled writes each record's message twice.
type doubled struct{ pool *record.Pool }

func (s doubled) Process(b *record.Batch, _ int64) *record.Batch {
	for i := range b.Records {
		text := append(append([]byte(nil), b.Message(i)...), b.Message(i)...)
		b.Records[i].Message = record.Span{Start: uint32(len(b.Buf)), End: uint32(len(b.Buf) + len(text))}
		b.Buf = append(b.Buf, text...)
	}
	return b
}
func (doubled) Flush(int64) *record.Batch { return nil }
func (doubled) Stats() process.Stats      { return process.Stats{} }

// What a tap shows is what sinks are given: behind the stages, all of it, and of the sources that were asked for.
func TestTapShowsWhatSinksGet(t *testing.T) {
	src := &counting{name: "wanted", origins: 3, until: 300, committed: make([]int, 3)}
	other := &counting{name: "other", origins: 2, until: 300, committed: make([]int, 2)}
	to := &collecting{}
	hub := &tap.Hub{}
	tapped, err := hub.Open(tap.Filter{Source: "wanted"})
	if err != nil {
		t.Fatal(err)
	}
	defer tapped.Close()
	c, err := capture.New(capture.Config{
		Sources: []source.Source{src, other}, Sinks: []deliver.Config{{Name: "out", Sink: to}}, Tap: hub,
		Stages: []capture.Stage{{Make: func(p *record.Pool) process.Stage { return doubled{p} }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := map[string][]string{}
	for {
		lines, err := tapped.Read(ctx)
		if err != nil {
			break
		}
		for line := range bytes.Lines(lines) {
			var l struct{ Name, Message string }
			if err := json.Unmarshal(line, &l); err != nil {
				t.Fatal(err)
			}
			got[l.Name] = append(got[l.Name], l.Message)
		}
	}
	if len(got) != 3 {
		t.Errorf("%d origins, want 3", len(got))
	}
	for name, messages := range got {
		var shown []int
		for _, m := range messages {
			n, err := strconv.Atoi(m)
			if err != nil {
				t.Error(err)
			}
			shown = append(shown, n)
		}
		if diff := cmp.Diff(to.got[name], shown); diff != "" || len(messages) != 300 {
			t.Errorf("%s: %d messages (-sink +tap):\n%s", name, len(messages), diff)
		}
		if messages[299] != "299299" { // before the stage it was 299
			t.Errorf("%s ends with %s", name, messages[299])
		}
	}
}
