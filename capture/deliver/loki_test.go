package deliver_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

// Loki takes all of a push but what it refuses. Everything else comes, once and in order; what is refused is counted
// by reason; and what is known to be refused costs no request each.
func TestLokiRefusesEntries(t *testing.T) {
	now := time.Now()
	s := &sinktest.LokiServer{MaxAge: 7 * 24 * time.Hour, Window: time.Hour, MaxLine: 1000, Now: func() time.Time { return now }}
	server := httptest.NewServer(s)
	defer server.Close()
	o, err := sink.ParseLoki(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	l, err := sink.NewLoki(o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var told []string
	board := notice.New(func(c notice.Change) { told = append(told, c.Text) })
	dropped := map[string]int{}
	d, stop := running(t, deliver.Config{Name: "loki", Sink: l, Board: board, RetryFirst: time.Millisecond, RetryMost: time.Millisecond,
		Dropped: func(reason string, b *record.Batch, i int) {
			dropped[reason]++
			if !strings.HasPrefix(string(b.Message(i)), reason) {
				t.Errorf("%.40q is dropped as %s", b.Message(i), reason)
			}
		}})
	var want []string
	n := 0
	add := func(b *record.Batch, what string, age time.Duration, count int) {
		for range count {
			n++
			text := fmt.Sprintf("%s %06d", what, n)
			if what == "line-too-long" {
				text += strings.Repeat("x", 1000)
			}
			if what == "fine" {
				want = append(want, b.Origin.Name+text)
			}
			b.Append(record.Record{Time: now.Add(-age).UnixNano() + int64(n)}, []byte(text))
		}
	}
	one, two := &record.Origin{Key: "1", Name: "one"}, &record.Origin{Key: "2", Name: "two"}
	for _, fill := range []func(*record.Batch){
		// The first that it ever sees are refused: it is Loki all the same.
		func(b *record.Batch) { add(b, "too-old", 30*24*time.Hour, 2000); add(b, "fine", 3*time.Hour, 500) },
		func(b *record.Batch) { add(b, "fine", time.Minute, 700) },
		func(b *record.Batch) { add(b, "too-far-behind", 2*time.Hour, 900); add(b, "fine", 30*time.Second, 100) },
		func(b *record.Batch) { add(b, "fine", 0, 800); add(b, "line-too-long", 0, 1); add(b, "fine", 0, 99) },
	} {
		b := &record.Batch{Origin: one}
		fill(b)
		put(t, d, b)
		b = &record.Batch{Origin: two}
		add(b, "fine", 0, 10)
		put(t, d, b)
	}
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	stats := d.Stats()
	balanced(t, stats)
	if stats.Queued != 0 || stats.Delivered != uint64(len(want)) {
		t.Errorf("%+v, want %d delivered", stats, len(want))
	}
	if diff := cmp.Diff(map[string]int{"too-old": 2000, "too-far-behind": 900, "line-too-long": 1}, dropped); diff != "" {
		t.Error(diff)
	}
	var got []string
	for _, e := range s.Entries() {
		got = append(got, e.Labels["name"]+e.Line)
	}
	// Each stream in its order, and nothing twice.
	origin := func(a, b string) int { return strings.Compare(a[:3], b[:3]) }
	slices.SortStableFunc(got, origin)
	slices.SortStableFunc(want, origin)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what came (-want +got):\n%.2000s", diff)
	}
	if n := len(s.Requests()); n > 150 {
		t.Errorf("%d requests for %d records, of which 2901 were refused", n, stats.Read)
	}
	t.Logf("%d requests, %d entries came again, %d notices", len(s.Requests()), s.Twice(), len(told))
}
