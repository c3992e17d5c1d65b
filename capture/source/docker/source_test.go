package docker

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/notice"
)

const t0 = int64(1_700_000_000_000_000_000)

// written is a log of two streams with all that is particular: empty lines, a
// carriage return, a line in fragments with another stream's line within it, times that
// go back between streams, and lines that are the same.
func written() ([]entry, []string) {
	long := strings.Repeat("x", fragment)
	log := []entry{
		{1, t0, "one\n"}, {2, t0 + 5, "err\r\n"}, {1, t0 + 3, "\n"},
		{1, t0 + 10, long}, {2, t0 + 11, "between\n"}, {1, t0 + 12, long}, {1, t0 + 13, "end\n"},
		{1, t0 + 20, "same\n"}, {1, t0 + 20, "same\n"}, {1, t0 + 20, "other\n"},
	}
	want := []string{
		line("stdout", 0, "one"), line("stderr", 5, "err"), line("stdout", 3, ""),
		line("stderr", 11, "between"), line("stdout", 10, "xxxxxxxxxx… (32771 bytes)"),
		line("stdout", 20, "same"), line("stdout", 20, "same"), line("stdout", 20, "other"),
	}
	return log, want
}

func line(stream string, after int64, text string) string {
	return fmt.Sprintf("%s %d %s", stream, t0+after, text)
}

// Frames that arrive in pieces of every size are the same records.
func TestPieces(t *testing.T) {
	log, want := written()
	for _, piece := range []int{1, 2, 3, 7, 8, 9, 31, 1000, 0} {
		t.Run(fmt.Sprint(piece), func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.log, f.piece = log, piece
			out := &output{}
			_, stop := f.run(out, Options{})
			defer stop()
			f.wait(out, want...)
		})
	}
}

// A stream that is cut after any number of bytes, within a header, a timestamp, a
// fragment, goes on without a loss and without a double.
func TestCuts(t *testing.T) {
	log, want := written()
	total := 0
	for _, e := range log {
		total += len((&fake{}).encode(e))
	}
	var places []int
	for n := 0; n < 300; n++ {
		places = append(places, n)
	}
	for n := 300; n < total; n += 997 {
		places = append(places, n)
	}
	for n := total - 200; n < total; n += 3 {
		places = append(places, n)
	}
	for i := 0; i < len(places); i += 6 {
		f := newFake(t)
		f.log, f.cuts = log, slices.Clone(places[i:min(i+6, len(places))])
		out := &output{}
		_, stop := f.run(out, Options{})
		f.wait(out, want...)
		stop()
	}
}

// A TTY has no frames: lines end with \r\n, fragments follow each other without anything between.
func TestTTY(t *testing.T) {
	long := strings.Repeat("x", fragment)
	log := []entry{{1, t0, "one\r\n"}, {1, t0 + 1, long}, {1, t0 + 2, "end\r\n"}, {1, t0 + 3, "\x01\x00\x00\x00\x00\x00\x00\x05 no frame\r\n"}, {1, t0 + 4, "last\r\n"}}
	want := []string{line("stdout", 0, "one"), line("stdout", 1, "xxxxxxxxxx… (16387 bytes)"), line("stdout", 3, "\x01\x00\x00\x00\x00\x00\x00\x05 no frame"), line("stdout", 4, "last")}
	for _, piece := range []int{1, 13, 0} {
		f := newFake(t)
		f.log, f.piece, f.tty, f.cuts = log, piece, true, []int{20, 40, 16000, 16500}
		out := &output{}
		_, stop := f.run(out, Options{})
		f.wait(out, want...)
		stop()
	}
}

// A restart goes on at what was acknowledged: what was not comes again, nothing is lost.
func TestRestart(t *testing.T) {
	f := newFake(t)
	f.log = []entry{{1, t0, "a\n"}, {1, t0 + 1, "b\n"}}
	out := &output{}
	s, stop := f.run(out, Options{})
	f.wait(out, line("stdout", 0, "a"), line("stdout", 1, "b"))
	out.mu.Lock()
	out.hold = true
	out.mu.Unlock()
	f.set(func() { f.log = append(f.log, entry{1, t0 + 2, "c\n"}) })
	f.wait(out, line("stdout", 0, "a"), line("stdout", 1, "b"), line("stdout", 2, "c"))
	stop()
	state, _ := s.State()
	again := &output{}
	f.set(func() { f.log = append(f.log, entry{2, t0 + 1, "late\n"}) })
	s, stop = f.run(again, Options{Resume: state})
	f.wait(again, line("stdout", 2, "c"), line("stderr", 1, "late"))
	stop()
	if n := s.Stats().Dropped; n != 2 {
		t.Errorf("%d recognised as known, want 2", n)
	}
}

// A fragment whose line has not ended is read again after a restart, although what came later was acknowledged.
func TestRestartWithinLine(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	f.log = []entry{{1, t0, "a\n"}, {1, t0 + 1, long}, {2, t0 + 10e9, "b\n"}}
	out := &output{}
	s, stop := f.run(out, Options{})
	f.wait(out, line("stdout", 0, "a"), line("stderr", 10e9, "b"))
	stop()
	state, _ := s.State()
	again := &output{}
	f.set(func() { f.log = append(f.log, entry{1, t0 + 1, "end\n"}) })
	_, stop = f.run(again, Options{Resume: state})
	defer stop()
	f.wait(again, line("stdout", 1, "xxxxxxxxxx… (16387 bytes)")) // and not "b", which was acknowledged
}

// The line read last is of another stream and a little earlier than one
// before it: what is remembered reaches as far back as what is asked for.
func TestLastLineEarlier(t *testing.T) {
	f := newFake(t)
	var want []string
	for i := range int64(4000) {
		at := i * 1e6
		stream, name := byte(1), "stdout"
		if i%10 == 9 {
			stream, name, at = 2, "stderr", at-1_500_000
		}
		f.log = append(f.log, entry{stream, t0 + at, fmt.Sprintln(i)})
		want = append(want, line(name, at, fmt.Sprint(i)))
	}
	all := f.log
	f.log, f.cuts = nil, []int{50_000} // before the first connection: its place is fixed as it opens
	out := &output{}
	s, stop := f.run(out, Options{})
	defer stop()
	for n := 10; n <= len(all); n += 500 {
		f.set(func() { f.log, f.cuts = all[:n], []int{50_000} })
		f.wait(out, want[:n]...)
	}
	f.set(func() { f.log = all })
	f.wait(out, want...)
	if s.Stats().Reopens == 0 {
		t.Error("nothing was cut")
	}
}

// A clock that steps back loses nothing, and a cut after it doubles nothing.
func TestClockBack(t *testing.T) {
	f := newFake(t)
	f.log = []entry{{1, t0, "a\n"}, {1, t0 + 1e9, "b\n"}}
	out := &output{}
	_, stop := f.run(out, Options{})
	defer stop()
	f.wait(out, line("stdout", 0, "a"), line("stdout", 1e9, "b"))
	f.set(func() { f.log = append(f.log, entry{1, t0 - 3600e9, "c\n"}, entry{1, t0 - 3599e9, "d\n"}) })
	want := []string{line("stdout", 0, "a"), line("stdout", 1e9, "b"), line("stdout", -3600e9, "c"), line("stdout", -3599e9, "d")}
	f.wait(out, want...)
}

// A container that stops is read to its end and let go; one that goes on is followed again.
func TestStopAndStart(t *testing.T) {
	f := newFake(t)
	f.log = []entry{{1, t0, "a\n"}, {1, t0 + 1, "no newline"}}
	out := &output{}
	s, stop := f.run(out, Options{})
	defer stop()
	f.wait(out, line("stdout", 0, "a"))
	f.set(func() { f.running = false })
	f.wait(out, line("stdout", 0, "a"), line("stdout", 1, "no newline flags 1"))
	for s.Stats().Active > 0 {
		time.Sleep(time.Millisecond)
	}
}

// A stream that gives nothing although the log has more is opened again.
func TestStall(t *testing.T) {
	f := newFake(t)
	f.log = []entry{{1, t0, "a\n"}}
	out := &output{}
	s, stop := f.run(out, Options{Stall: 50 * time.Millisecond})
	defer stop()
	f.wait(out, line("stdout", 0, "a"))
	time.Sleep(200 * time.Millisecond) // silent, and nothing is wrong
	if n := s.Stats().Reopens; n != 0 {
		t.Fatalf("opened again %d times without a reason", n)
	}
	f.mu.Lock() // without telling the follower
	f.log = append(f.log, entry{1, t0 + 9e9, "b\n"})
	f.mu.Unlock()
	f.wait(out, line("stdout", 0, "a"), line("stdout", 9e9, "b"))
}

// An engine that hangs, from the beginning or later, never keeps Run from ending.
func TestHung(t *testing.T) {
	for _, later := range []bool{false, true} {
		f := newFake(t)
		f.hang = !later
		f.log = []entry{{1, t0, "a\n"}}
		out := &output{}
		_, stop := f.run(out, Options{})
		if later {
			f.wait(out, line("stdout", 0, "a"))
			f.set(func() { f.hang = true })
		}
		time.Sleep(50 * time.Millisecond)
		began := time.Now()
		stop()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it ended after %v", took)
		}
	}
}

// Lines over the limit are cut and counted, whether they come whole or in fragments.
func TestLongLines(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	f.log = []entry{{1, t0, "abcdefghij\n"}, {1, t0 + 1, long}, {1, t0 + 2, "end\n"}, {1, t0 + 3, "ok\n"}}
	out := &output{}
	s, stop := f.run(out, Options{MaxLine: 8})
	defer stop()
	f.wait(out, line("stdout", 0, "abcdefgh flags 2"), line("stdout", 1, "xxxxxxxx flags 2"), line("stdout", 3, "ok"))
	if st := s.Stats(); st.Cut != 2 || st.Lost["over-long"] != 2+fragment+3-8 {
		t.Errorf("stats %+v", st)
	}
}

// A container that gets a name that is not collected is left alone, and goes on
// where it was left when it gets the old one back, however it is read.
func TestRenamedAway(t *testing.T) {
	for _, read := range []Read{API, JSONFile} {
		f := newFake(t)
		f.logPath = filepath.Join(t.TempDir(), "c1-json.log")
		add := func(e entry) {
			f.writeFile(e)
			f.set(func() { f.log = append(f.log, e) })
		}
		rename := func(name string) { f.set(func() { f.name, f.events = name, append(f.events, "rename") }) }
		add(entry{1, t0, "a\n"})
		selected, err := ParseSelection([]string{"name=one"})
		if err != nil {
			t.Fatal(err)
		}
		out := &output{}
		s, stop := f.run(out, Options{Read: read, Select: selected})
		f.wait(out, line("stdout", 0, "a"))
		rename("other")
		for s.Stats().Active > 0 {
			time.Sleep(time.Millisecond)
		}
		add(entry{1, t0 + 1e9, "b\n"})
		time.Sleep(50 * time.Millisecond)
		f.wait(out, line("stdout", 0, "a"))
		rename("one")
		add(entry{1, t0 + 2e9, "c\n"})
		f.wait(out, line("stdout", 0, "a"), line("stdout", 1e9, "b"), line("stdout", 2e9, "c"))
		stop()
	}
}

// A terminal's stream that gives nothing although the log has more is opened again, too.
func TestStallTTY(t *testing.T) {
	f := newFake(t)
	f.log, f.tty = []entry{{1, t0, "a\r\n"}}, true
	out := &output{}
	_, stop := f.run(out, Options{Stall: 50 * time.Millisecond})
	defer stop()
	f.wait(out, line("stdout", 0, "a"))
	f.mu.Lock()
	f.log = append(f.log, entry{1, t0 + 9e9, "b\r\n"})
	f.mu.Unlock()
	f.wait(out, line("stdout", 0, "a"), line("stdout", 9e9, "b"))
}

// A stream that goes on although its container has stopped, and said nothing, is let go.
func TestStreamOutlivesContainer(t *testing.T) {
	f := newFake(t)
	f.log = []entry{{1, t0, "a\n"}}
	out := &output{}
	s, stop := f.run(out, Options{Stall: 50 * time.Millisecond})
	defer stop()
	f.wait(out, line("stdout", 0, "a"))
	f.mu.Lock() // without telling the follower
	f.running = false
	f.mu.Unlock()
	for s.Stats().Active > 0 {
		time.Sleep(time.Millisecond)
	}
}

// The last fragment of a line has the time of the first. A cut long after the
// first, when the other stream has gone on, must not leave the rest of the line out.
func TestCutWithinLongLine(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	first := []entry{{1, t0, long}, {2, t0 + 60e9, "other\n"}}
	f.log, f.cuts = first, []int{len(f.encode(first[0])) + len(f.encode(first[1]))}
	out := &output{}
	s, stop := f.run(out, Options{})
	defer stop()
	f.wait(out, line("stderr", 60e9, "other"))
	for s.Stats().Reopens == 0 {
		time.Sleep(time.Millisecond)
	}
	f.set(func() { f.log = append(f.log, entry{1, t0, "end\n"}, entry{1, t0 + 61e9, "next\n"}) })
	f.wait(out, line("stderr", 60e9, "other"), line("stdout", 0, "xxxxxxxxxx… (16387 bytes)"), line("stdout", 61e9, "next"))
}

// A line whose end does not come goes out when it has been waited for.
func TestLineWithoutEnd(t *testing.T) {
	long := strings.Repeat("x", fragment)
	f := newFake(t)
	f.log = []entry{{1, t0, long}}
	out := &output{}
	_, stop := f.run(out, Options{Stall: 20 * time.Millisecond, Wait: 100 * time.Millisecond})
	defer stop()
	f.wait(out, line("stdout", 0, "xxxxxxxxxx… (16384 bytes) flags 1"))
}

// An engine of an old kind that rotates what is followed is warned of, once.
func TestWarnsOfRotation(t *testing.T) {
	for api, want := range map[string]string{
		"1.41": "follow container one: this engine (API 1.41) rotates its log, and can leave lines out of a stream when it does",
		"1.51": "",
		"":     "",
	} {
		f := newFake(t)
		f.api, f.rotates = api, true
		f.log = []entry{{1, t0, "a\n"}}
		var told []string
		board := notice.New(func(c notice.Change) { told = append(told, c.Text) })
		out := &output{}
		_, stop := f.run(out, Options{Board: board})
		f.wait(out, line("stdout", 0, "a"))
		stop()
		if got := strings.Join(told, "\n"); got != want {
			t.Errorf("API %q: told %q, want %q", api, got, want)
		}
	}
}
