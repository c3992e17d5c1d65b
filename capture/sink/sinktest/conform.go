package sinktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// Destination is a sink that Conform tries, and what has come through it.
type Destination struct {
	Sink sink.Sink
	// Got is every record so far, in order; nil when the sink keeps nothing.
	Got func(t *testing.T) []Line
	// As is a record as the destination shows it, when it does not show all of it; nil: as it is.
	As func(Line) Line
	// Apart says which records are in an order among themselves: those for which it is the same; nil: all.
	Apart func(Line) string
	// Block makes every Write hang from now on, and unblock ends that; nil when nothing can.
	Block func() (unblock func())
}

// Conform holds a sink against what package sink asks of all of them. open makes one that nothing was written to.
func Conform(t *testing.T, open func(t *testing.T) Destination) {
	for name, test := range map[string]func(t *testing.T, d Destination){
		"order":            order,
		"all kinds":        allKinds,
		"nothing":          nothing,
		"a huge record":    huge,
		"a part again":     partAgain,
		"ctx already done": cancelled,
		"ctx done while blocked": func(t *testing.T, d Destination) {
			if d.Block != nil {
				blocked(t, d)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			d := open(t)
			test(t, d)
			if l := d.Sink.Limits(); l.Bytes <= 0 || l.Linger < 0 || l.Linger > 5*time.Second {
				t.Errorf("limits are %+v", l)
			}
			began := time.Now()
			if err := d.Sink.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("close took %v", took)
			}
			// Servers of the test end after this; those that a sink makes run nowhere in this list.
			goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http.(*Server).Serve"), goleak.IgnoreAnyFunction("net/http.(*conn).serve"),
				goleak.IgnoreAnyFunction("net/http.(*connReader).backgroundRead"), goleak.IgnoreAnyFunction("os.(*File).Read"))
		})
	}
}

// write writes and checks that the batches were only read.
func write(ctx context.Context, t *testing.T, s sink.Sink, batches ...*record.Batch) error {
	t.Helper()
	var before []record.Batch
	for _, b := range batches {
		before = append(before, record.Batch{Origin: b.Origin, Buf: slices.Clone(b.Buf), Records: slices.Clone(b.Records), Fields: slices.Clone(b.Fields)})
	}
	err := s.Write(ctx, batches)
	for i, b := range batches {
		was := &before[i]
		if b.Origin != was.Origin || !bytes.Equal(b.Buf, was.Buf) || !slices.Equal(b.Records, was.Records) || !slices.Equal(b.Fields, was.Fields) {
			t.Errorf("batch %d was changed", i)
		}
	}
	return err
}

// came checks that what has come is what was written.
func came(t *testing.T, d Destination, want ...*record.Batch) {
	t.Helper()
	if d.Got == nil {
		return
	}
	if diff := cmp.Diff(d.shown(Expected(want)), d.sorted(d.Got(t))); diff != "" {
		t.Errorf("what came (-want +got):\n%.4000s", diff)
	}
}

// shown is how records are to come.
func (d Destination) shown(all []Line) []Line {
	if d.As != nil {
		for i := range all {
			all[i] = d.As(all[i])
		}
	}
	return d.sorted(all)
}

// sorted puts together what is in an order among itself, and leaves that order.
func (d Destination) sorted(all []Line) []Line {
	if d.Apart != nil {
		slices.SortStableFunc(all, func(a, b Line) int { return strings.Compare(d.Apart(a), d.Apart(b)) })
	}
	return all
}

func order(t *testing.T, d Destination) {
	var all []*record.Batch
	one, two := origin("one"), origin("two")
	for i := range 30 {
		o := one
		if i%3 == 0 {
			o = two
		}
		b := &record.Batch{Origin: o}
		for j := range 20 {
			b.Append(record.Record{Time: int64(i*20 + j), Stream: record.Stream(j % 3)}, fmt.Appendf(nil, "line %d of %d", j, i))
		}
		all = append(all, b)
	}
	for i := 0; i < len(all); i += 10 {
		if err := write(t.Context(), t, d.Sink, all[i:i+10]...); err != nil {
			t.Fatal(err)
		}
	}
	came(t, d, all...)
}

func allKinds(t *testing.T, d Destination) {
	b := Kinds()
	if err := write(t.Context(), t, d.Sink, b, &record.Batch{Origin: b.Origin}, b); err != nil {
		t.Fatal(err)
	}
	came(t, d, b, b)
}

func nothing(t *testing.T, d Destination) {
	for _, batches := range [][]*record.Batch{nil, {}, {{Origin: origin("empty")}}} {
		if err := write(t.Context(), t, d.Sink, batches...); err != nil {
			t.Fatal(err)
		}
	}
	came(t, d)
}

func huge(t *testing.T, d Destination) {
	b := &record.Batch{Origin: origin("huge")}
	b.Append(record.Record{}, []byte(strings.Repeat(strings.Repeat("0123456789", 100)+"\"\x00\xff", 10<<20/1003)))
	b.Append(record.Record{}, []byte("small"))
	if err := write(t.Context(), t, d.Sink, b); err != nil {
		t.Fatal(err)
	}
	came(t, d, b)
}

// partAgain writes views of a batch, as they come after a refusal.
func partAgain(t *testing.T, d Destination) {
	b := Kinds()
	half := len(b.Records) / 2
	first := &record.Batch{Origin: b.Origin, Buf: b.Buf, Records: b.Records[:half], Fields: b.Fields}
	second := &record.Batch{Origin: b.Origin, Buf: b.Buf, Records: b.Records[half:], Fields: b.Fields}
	for _, v := range []*record.Batch{first, second} {
		if err := write(t.Context(), t, d.Sink, v); err != nil {
			t.Fatal(err)
		}
	}
	came(t, d, b)
}

func cancelled(t *testing.T, d Destination) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := Kinds()
	if err := write(ctx, t, d.Sink, b); !errors.Is(err, context.Canceled) {
		t.Errorf("with ctx done: %v", err)
	}
	came(t, d)
	if err := write(t.Context(), t, d.Sink, b); err != nil {
		t.Errorf("again: %v", err)
	}
	came(t, d, b)
}

func blocked(t *testing.T, d Destination) {
	unblock := d.Block()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	b := &record.Batch{Origin: origin("blocked")}
	b.Append(record.Record{}, []byte(strings.Repeat("x", 4<<20)))
	began := time.Now()
	if err := write(ctx, t, d.Sink, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("returned %v after ctx was done", took)
	}
	unblock()
	if err := write(t.Context(), t, d.Sink, Kinds()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if d.Got == nil {
		return
	}
	want, got := d.shown(Expected([]*record.Batch{Kinds()})), d.Got(t)
	if diff := cmp.Diff(want, d.sorted(got[max(0, len(got)-len(want)):])); diff != "" {
		t.Errorf("what came afterwards (-want +got):\n%.4000s", diff)
	}
}

func origin(name string) *record.Origin {
	return &record.Origin{Key: "docker:" + name, Source: "docker", Name: name, ID: "id of " + name, Attrs: []record.Attr{{Key: "k", Value: "v\"\n"}}}
}

// Expected is how a receiver sees the records of batches, by docs/records.md.
func Expected(batches []*record.Batch) []Line {
	var all []Line
	for _, b := range batches {
		o := Origin{Source: b.Origin.Source, Name: b.Origin.Name, ID: b.Origin.ID}
		for _, a := range b.Origin.Attrs {
			if o.Attributes == nil {
				o.Attributes = map[string]string{}
			}
			o.Attributes[a.Key] = a.Value
		}
		for i, r := range b.Records {
			text := b.Message(i)
			l := Line{Origin: o, Time: time.Unix(0, r.Time).UTC(), Stream: r.Stream.String(), Message: string([]rune(string(text))),
				Partial: r.Flags&record.Partial != 0, Cut: r.Flags&record.Cut != 0, Joined: r.Flags&record.Joined != 0, InvalidUTF8: !utf8.Valid(text)}
			l.Attributes = attributes(b, i)
			all = append(all, l)
		}
	}
	return all
}
