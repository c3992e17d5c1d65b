package tap_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/tap"
)

// batch is one of an origin with that name.
func batch(name string, messages ...string) *record.Batch {
	b := &record.Batch{Origin: &record.Origin{Key: "k:" + name, Source: "file", Name: name}}
	for _, m := range messages {
		b.Append(record.Record{Time: 1}, []byte(m))
	}
	return b
}

// open begins a tap that the test ends.
func open(t *testing.T, h *tap.Hub, f tap.Filter) *tap.Tap {
	t.Helper()
	tapped, err := h.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tapped.Close)
	return tapped
}

// rest is everything that a tap gives without waiting: the messages, and those that it missed.
func rest(t *testing.T, tapped *tap.Tap) (messages []string, missed uint64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for {
		lines, err := tapped.Read(ctx)
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			return messages, missed
		}
		m, n := parse(t, lines)
		messages, missed = append(messages, m...), missed+n
	}
}

func parse(t *testing.T, lines []byte) (messages []string, missed uint64) {
	t.Helper()
	if !bytes.HasSuffix(lines, []byte("\n")) {
		t.Fatalf("a chunk ends within a line: %q", lines[max(0, len(lines)-50):])
	}
	for line := range bytes.Lines(lines) {
		var l struct {
			Message *string
			Missed  uint64
		}
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if missed += l.Missed; l.Message != nil {
			messages = append(messages, *l.Message)
		}
	}
	return messages, missed
}

func TestFilters(t *testing.T) {
	passing := []*record.Batch{
		batch("/var/log/app.log", "GET / 200", "GET /x 500", "POST / 500", "panic: x\ngoroutine 1"),
		batch("/srv/app.log", "GET /y 500"), batch("web-1", "one", "", "three 500"),
	}
	for _, c := range []struct {
		filter tap.Filter
		want   []string
	}{
		{tap.Filter{}, []string{"GET / 200", "GET /x 500", "POST / 500", "panic: x\ngoroutine 1", "GET /y 500", "one", "", "three 500"}},
		{tap.Filter{Source: "logs"}, []string{"GET / 200", "GET /x 500", "POST / 500", "panic: x\ngoroutine 1", "GET /y 500", "one", "", "three 500"}},
		{tap.Filter{Source: "file"}, nil}, // that is their kind, and not the name of their source
		{tap.Filter{Name: "app.*"}, []string{"GET / 200", "GET /x 500", "POST / 500", "panic: x\ngoroutine 1", "GET /y 500"}},
		{tap.Filter{Name: "/srv/**"}, []string{"GET /y 500"}},
		{tap.Filter{Name: "{web,db}-?"}, []string{"one", "", "three 500"}},
		{tap.Filter{Grep: " 500$"}, []string{"GET /x 500", "POST / 500", "GET /y 500", "three 500"}},
		{tap.Filter{Grep: "(?i)^get", Name: "/var/**"}, []string{"GET / 200", "GET /x 500"}},
		{tap.Filter{Grep: "(?m)^goroutine"}, []string{"panic: x\ngoroutine 1"}},
		{tap.Filter{Grep: "^$"}, []string{""}},
		{tap.Filter{Grep: "panic"}, []string{"panic: x\ngoroutine 1"}},
		{tap.Filter{Grep: `\. x`}, nil},
		{tap.Filter{Grep: "/x 5"}, []string{"GET /x 500"}},
		{tap.Filter{Grep: "(?i)PANIC"}, []string{"panic: x\ngoroutine 1"}},
		{tap.Filter{Grep: "no such"}, nil},
	} {
		var h tap.Hub
		tapped := open(t, &h, c.filter)
		for _, b := range passing {
			h.Pass("logs", b)
		}
		got, missed := rest(t, tapped)
		if diff := cmp.Diff(c.want, got); diff != "" || missed > 0 {
			t.Errorf("%+v: missed %d (-want +got):\n%s", c.filter, missed, diff)
		}
	}
}

// What is shown are the lines that sinks write, byte for byte, however often filters and steps divide a batch.
func TestLinesAreThoseOfSinks(t *testing.T) {
	var texts []string
	for i := range 3000 {
		texts = append(texts, strings.Repeat(strconv.Itoa(i), 1+i%40))
	}
	b := batch("app.log", texts...)
	var e sink.Encoder
	var want []byte
	for i, text := range texts {
		if !strings.Contains(text, "7") {
			want = e.AppendLines(want, b, i, i+1)
		}
	}
	var h tap.Hub
	tapped := open(t, &h, tap.Filter{Grep: "^[^7]*$"})
	h.Pass("f", b)
	var got []byte
	for len(got) < len(want) {
		lines, err := tapped.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, lines...)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes differ from %d", len(got), len(want))
	}
}

// Nobody reads: what passes is neither held up nor kept, and every record is either given or missed, in its place.
func TestMissed(t *testing.T) {
	var h tap.Hub
	tapped := open(t, &h, tap.Filter{})
	text := strings.Repeat("x", 1000)
	const n = 20_000 // about 20 MB
	for i := range n {
		h.Pass("f", batch("app.log", fmt.Sprint(i, " ", text)))
	}
	got, missed := rest(t, tapped)
	if len(got) < 3000 || len(got) > 4200 || uint64(len(got))+missed != n {
		t.Errorf("given %d, missed %d", len(got), missed)
	}
	// There is room again, and what was missed before is not told twice.
	h.Pass("f", batch("app.log", "again"))
	if got, missed := rest(t, tapped); len(got) != 1 || got[0] != "again" || missed != 0 {
		t.Errorf("then %q, missed %d", got, missed)
	}
	// A gap is told where it is.
	for i := range n {
		h.Pass("f", batch("app.log", fmt.Sprint(i, " ", text)))
	}
	lines, err := tapped.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	seen, _ := parse(t, lines)
	h.Pass("f", batch("app.log", "after the gap"))
	next := uint64(len(seen))
	for {
		lines, err := tapped.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(lines) {
			messages, gap := parse(t, line)
			next += gap
			if len(messages) == 0 {
				continue
			}
			if messages[0] == "after the gap" {
				if next != n {
					t.Errorf("%d came before the last, and %d passed", next, n)
				}
				return
			}
			if i, _, _ := strings.Cut(messages[0], " "); i != fmt.Sprint(next) {
				t.Fatalf("%s comes where %d should", i, next)
			}
			next++
		}
	}
}

// A record that is larger than all the room is missed, and told although nothing else passes.
func TestLargerThanTheRoom(t *testing.T) {
	var h tap.Hub
	tapped := open(t, &h, tap.Filter{})
	h.Pass("f", batch("a", strings.Repeat("x", 5<<20)))
	lines, err := tapped.Read(t.Context())
	if err != nil || string(lines) != "{\"missed\":1}\n" {
		t.Errorf("%q, %v", lines, err)
	}
	h.Pass("f", batch("a", strings.Repeat("x", 3<<20)))
	if got, missed := rest(t, tapped); len(got) != 1 || len(got[0]) != 3<<20 || missed != 0 {
		t.Errorf("%d, missed %d", len(got), missed)
	}
}

// A reader that waits is woken by a record, and by the end.
func TestReadWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h tap.Hub
		tapped := open(t, &h, tap.Filter{Grep: "wanted"})
		ctx, cancel := context.WithCancel(t.Context())
		var got []string
		var failed error
		var reading sync.WaitGroup
		reading.Go(func() {
			for {
				lines, err := tapped.Read(ctx)
				if err != nil {
					failed = err
					return
				}
				m, _ := parse(t, lines)
				got = append(got, m...)
			}
		})
		synctest.Wait()
		h.Pass("f", batch("a", "other"))
		synctest.Wait()
		if len(got) > 0 {
			t.Errorf("got %q", got)
		}
		h.Pass("f", batch("a", "other", "wanted"))
		synctest.Wait()
		if len(got) != 1 {
			t.Errorf("got %q", got)
		}
		cancel()
		reading.Wait()
		if !errors.Is(failed, context.Canceled) {
			t.Errorf("ended with %v", failed)
		}
	})
}

// Sources pass, taps come, read and go, all at once: what one tap gives is in order for each origin, and complete with what it says it missed.
func TestAtOnce(t *testing.T) {
	const sources, each = 4, 4000
	var h tap.Hub
	var all, passing sync.WaitGroup
	first := open(t, &h, tap.Filter{})
	over, end := context.WithCancel(t.Context())
	for s := range sources {
		passing.Go(func() {
			var pool record.Pool
			o := &record.Origin{Source: "file", Name: strconv.Itoa(s)}
			for i := 0; i < each; {
				b := pool.Get(o, 100)
				for range 1 + i%7 {
					b.Append(record.Record{}, []byte(strconv.Itoa(i)))
					i++
				}
				h.Pass("f", b)
				for i := range b.Buf { // the batch is another one's now
					b.Buf[i] = '!'
				}
				b.Release()
			}
		})
	}
	counts := make(chan uint64, 1)
	all.Go(func() {
		next := map[string]int{}
		var n uint64
		for {
			lines, err := first.Read(over)
			if err != nil {
				counts <- n
				return
			}
			for line := range bytes.Lines(lines) {
				var l struct {
					Name, Message string
					Missed        uint64
				}
				if err := json.Unmarshal(line, &l); err != nil {
					t.Errorf("%q: %v", line, err)
				}
				if l.Missed > 0 {
					n += l.Missed
					continue
				}
				n++
				i, err := strconv.Atoi(l.Message)
				if err != nil || i < next[l.Name] {
					t.Errorf("%q after %d of %s", l.Message, next[l.Name], l.Name)
				}
				next[l.Name] = i + 1
			}
		}
	})
	for range 3 {
		all.Go(func() {
			for over.Err() == nil {
				tapped, err := h.Open(tap.Filter{Grep: "7"})
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = tapped.Read(over)
				tapped.Close()
			}
		})
	}
	passing.Wait()
	end()
	all.Wait()
	var want uint64
	for i := 0; i < each; i += 1 + i%7 {
		want = uint64(i + 1 + i%7)
	}
	if got := <-counts; got != sources*want {
		t.Errorf("%d given or missed, %d passed", got, sources*want)
	}
	if h.Taps() != 1 {
		t.Errorf("%d taps are open", h.Taps())
	}
}

func TestOpen(t *testing.T) {
	var none *tap.Hub
	none.Pass("f", batch("a", "x")) // a collector without a hub
	var h tap.Hub
	for range tap.Most {
		open(t, &h, tap.Filter{})
	}
	if _, err := h.Open(tap.Filter{}); !errors.Is(err, tap.ErrFull) {
		t.Errorf("one too many: %v", err)
	}
	for filter, want := range map[tap.Filter]string{
		{Name: "[a"}:      `name: "[a" is no glob`,
		{Grep: "a(b"}:     `grep: "a(b" is no regular expression: missing closing ): a(b`,
		{Grep: `(?=x)`}:   `grep: "(?=x)" is no regular expression: invalid or unsupported Perl syntax: (?=`,
		{Grep: "x{2000}"}: `grep: "x{2000}" is no regular expression: invalid repeat count: {2000}`,
	} {
		var bad *tap.FilterError
		if err := filter.Check(); !errors.As(err, &bad) || err.Error() != want || bad.Hint() == "" {
			t.Errorf("%+v: %v", filter, err)
		}
	}
}
