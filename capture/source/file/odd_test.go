package file_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// A file with several names is read once, under the name that is no link.
func TestSeveralNames(t *testing.T) {
	for _, tt := range []struct {
		name     string
		patterns []string
		follow   bool
		want     string
	}{
		{"a glob", []string{"*.log"}, true, "b-real.log: 1"},
		{"a glob, once", []string{"*.log"}, false, "b-real.log: 1"},
		{"named", []string{"b-real.log", "a-link.log", "c-hard.log", "./b-real.log"}, true, "b-real.log: 1"},
		{"named, once", []string{"a-link.log", "b-real.log", "b-real.log"}, false, "b-real.log: 1"},
		{"the link alone", []string{"a-link.log"}, true, "a-link.log: 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.append("b-real.log", "1\n")
			b.check(os.Symlink(b.path("b-real.log"), b.path("a-link.log")))
			b.check(os.Link(b.path("b-real.log"), b.path("c-hard.log")))
			b.run(file.Options{Patterns: tt.patterns, Follow: tt.follow, Start: fromStart})
			if !tt.follow {
				b.end()
				b.wait(tt.want)
				return
			}
			b.wait(tt.want)
			b.check(os.Symlink(b.path("b-real.log"), b.path("later.log"))) // and one that appears
			b.append("b-real.log", "2\n")
			b.settle(tt.want + " 2")
			b.end()
		})
	}
}

// What appears in directories that are not there yet is found without a rescan.
func TestDirectoriesAppear(t *testing.T) {
	b := newBench(t)
	b.run(file.Options{Patterns: []string{"x/y/*/a.log", "x/z/named.log"}, Follow: true, Rescan: time.Hour})
	b.append("x/y/d/a.log", "1\n")
	b.append("x/z/named.log", "n1\n")
	b.wait("a.log: 1; named.log: n1")
	b.append("x/y/e/a.log", "2\n")
	b.wait("a.log: 1 2; named.log: n1")
	b.end()
}

// A directory that is removed and made again, or renamed away, is found again: at
// once mostly, and at the next rescan when it is made before its removal was heard of.
func TestDirectoriesComeBack(t *testing.T) {
	b := newBench(t)
	b.append("x/y/d/a.log", "1\n")
	b.append("x/z/named.log", "n1\n")
	b.run(file.Options{Patterns: []string{"x/y/*/a.log", "x/z/named.log"}, Follow: true, Start: fromStart, Rescan: time.Second})
	b.wait("a.log: 1; named.log: n1")
	b.check(os.RemoveAll(b.path("x/y/d")))
	b.append("x/y/d/a.log", "2\n")
	b.wait("a.log: 1 2; named.log: n1")
	b.check(os.Rename(b.path("x/z"), b.path("x/old")))
	b.append("x/z/named.log", "n2\n")
	b.wait("a.log: 1 2; named.log: n1 n2")
	b.check(os.RemoveAll(b.path("x")))
	b.append("x/y/e/a.log", "3\n")
	b.append("x/z/named.log", "n3\n")
	b.wait("a.log: 1 2 3; named.log: n1 n2 n3")
	b.end()
}

// A directory that is gone for good lets its logs go, and the others go on.
func TestVanishedDirectory(t *testing.T) {
	b := newBench(t)
	var now atomic.Int64
	clock := func() time.Time { return time.Unix(1_700_000_000+now.Load(), 0) }
	b.append("d/a.log", "1\n")
	b.append("e/b.log", "1\n")
	b.run(file.Options{Patterns: []string{"d/*", "e/*"}, Follow: true, Start: fromStart, Now: clock, Rescan: 20 * time.Millisecond})
	b.wait("a.log: 1; b.log: 1")
	b.check(os.RemoveAll(b.path("d")))
	b.append("e/b.log", "2\n")
	b.wait("a.log: 1; b.log: 1 2")
	time.Sleep(100 * time.Millisecond) // its absence is seen
	now.Store(60)
	b.until("active", "1", func() string { return fmt.Sprint(b.s.Stats().Active) })
	b.append("e/b.log", "3\n")
	b.wait("a.log: 1; b.log: 1 2 3")
	b.end()
}

// A clock that jumps, forward and back, holds nothing up and loses nothing.
func TestClockJumps(t *testing.T) {
	for _, jump := range []time.Duration{-30 * 365 * 24 * time.Hour, -time.Hour, time.Hour, 30 * 365 * 24 * time.Hour} {
		t.Run(jump.String(), func(t *testing.T) {
			b := newBench(t)
			var offset atomic.Int64
			clock := func() time.Time { return time.Now().Add(time.Duration(offset.Load())).Round(0) }
			opt := func() file.Options {
				return file.Options{Patterns: []string{"*.log"}, Follow: true, Start: fromStart, Now: clock, Rescan: 50 * time.Millisecond}
			}
			b.append("a.log", "1\n")
			b.append("gone.log", "g1\n")
			b.run(opt())
			b.wait("a.log: 1; gone.log: g1")
			b.check(os.Remove(b.path("gone.log")))
			offset.Store(int64(jump))
			b.append("a.log", "2\n")
			b.wait("a.log: 1 2; gone.log: g1")
			b.rename("a.log", "a.log.1")
			b.append("a.log.1", "late\n")
			b.append("a.log", "3\n")
			b.wait("a.log: 1 2 late 3; gone.log: g1")
			text, err := os.ReadFile(b.path("a.log"))
			b.check(err)
			b.append("a.log.2", string(text))
			b.check(os.Truncate(b.path("a.log"), 0))
			b.append("a.log", "4\n")
			b.wait("a.log: 1 2 late 3 4; gone.log: g1")
			b.end()
			offset.Store(0)
			b.append("a.log", "5\n")
			b.append("new.log", "n\n")
			b.run(opt())
			b.settle("a.log: 1 2 late 3 4 5; gone.log: g1; new.log: n")
			b.end()
		})
	}
}

// A line that has begun is whole after a restart in its middle, whatever comes first.
func TestRestartWithinALine(t *testing.T) {
	b := newBench(t)
	opt := func() file.Options {
		return file.Options{Patterns: []string{"a.log"}, Follow: true, Start: fromStart}
	}
	b.append("a.log", "1\nhea")
	b.run(opt())
	b.wait("a.log: 1")
	b.end()
	b.run(opt()) // nothing new
	b.settle("a.log: 1")
	b.end()
	b.append("a.log", "d-mid")
	b.run(opt())
	b.settle("a.log: 1")
	b.append("a.log", "dle-end\n2\n")
	b.wait("a.log: 1 head-middle-end 2")
	b.end()
}

// Text is decoded as a log's beginning says, over restarts and rotations.
func TestEncodings(t *testing.T) {
	utf16 := func(text string, big bool) string {
		var out strings.Builder
		for _, r := range text {
			if big {
				out.WriteByte(byte(r >> 8))
			}
			out.WriteByte(byte(r))
			if !big {
				out.WriteByte(byte(r >> 8))
			}
		}
		return out.String()
	}
	for _, tt := range []struct {
		name, mark string
		encode     func(string) string
	}{
		{"UTF-8", "", func(s string) string { return s }},
		{"UTF-8 with a mark", "\xef\xbb\xbf", func(s string) string { return s }},
		{"UTF-16 LE", "\xff\xfe", func(s string) string { return utf16(s, false) }},
		{"UTF-16 BE", "\xfe\xff", func(s string) string { return utf16(s, true) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			opt := func(s source.Start) file.Options {
				return file.Options{Patterns: []string{"a.log"}, Follow: true, Start: s}
			}
			b.append("a.log", tt.mark+tt.encode("old\r\né1\r\n"))
			b.run(opt(source.Start{Mode: source.FromTail, Lines: 1}))
			b.wait("a.log: é1")
			text := tt.encode("é2\r\n")
			for i := range len(text) { // a byte at a time
				b.append("a.log", text[i:i+1])
				time.Sleep(10 * time.Millisecond)
			}
			b.wait("a.log: é1 é2")
			b.append("a.log", tt.encode("hal")[:len(tt.encode("hal"))-1])
			time.Sleep(50 * time.Millisecond)
			b.end()
			b.append("a.log", tt.encode("hal")[len(tt.encode("hal"))-1:]+tt.encode("f\r\n"))
			b.run(opt(source.Start{}))
			b.wait("a.log: é1 é2 half")
			b.rename("a.log", "a.log.1")
			b.append("a.log", tt.mark+tt.encode("é3\n"))
			b.wait("a.log: é1 é2 half é3")
			b.end()
		})
	}
}

// An archive is read once, also over a restart; one that is cut off gives what it has, and says so.
func TestArchives(t *testing.T) {
	b := newBench(t)
	z, err := zstd.NewWriter(nil)
	b.check(err)
	packed := z.EncodeAll([]byte(numbered(0, 5)), nil)
	b.check(z.Close())
	b.append("a.log.zst", string(packed))
	b.append("tmp", numbered(0, 5))
	b.pack("tmp")
	whole, err := os.ReadFile(b.path("tmp.gz"))
	b.check(err)
	b.append("cut.log.gz", string(whole[:len(whole)-2]))
	b.check(os.Remove(b.path("tmp.gz")))
	opt := func() file.Options {
		return file.Options{Patterns: []string{"*.zst", "*.gz"}, Follow: true, Start: fromStart}
	}
	b.run(opt())
	b.until("told", "read DIR/cut.log.gz: archive ends before its content or is damaged", b.tell)
	b.settle("a.log.zst: 0 1 2 3 4; cut.log.gz: 0 1 2 3 4")
	b.until("lost", "map[damaged-archive:1]", func() string { return fmt.Sprint(b.s.Stats().Lost) })
	b.end()
	b.run(opt())
	b.settle("a.log.zst: 0 1 2 3 4; cut.log.gz: 0 1 2 3 4")
	b.end()
}

// Positions that mean nothing are told, and what they were of is read from its beginning: never a reason not to start.
func TestDamagedPositions(t *testing.T) {
	for _, tt := range []struct{ name, of, value, told string }{
		{"no position", "a.log", `"x"`, "read the position of DIR/a.log: "},
		{"a place before the beginning", "a.log", `{"offset":-1}`, "read the position of DIR/a.log: no place in a log"},
		{"a fingerprint too long", "a.log", `{"prefix":{"len":99999}}`, "read the position of DIR/a.log: no place in a log"},
		{"patterns", "patterns", `7`, "read the positions of files: the paths that were asked for: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.append("a.log", "1\n")
			b.append("b.log", "1\n")
			key := tt.of
			if key != "patterns" {
				key = "file:" + b.path(key)
			}
			b.state = source.State{key: json.RawMessage(tt.value), "of another version": json.RawMessage(`{}`)}
			b.run(file.Options{Patterns: []string{"*.log"}, Follow: true})
			want := "a.log: 1"
			if tt.of == "patterns" {
				want = "a.log: 1; b.log: 1"
			}
			b.settle(want)
			b.end()
			if !strings.HasPrefix(b.tell(), tt.told) {
				t.Errorf("told: %s", b.tell())
			}
			if b.state["of another version"] == nil {
				t.Error("what it does not know was dropped")
			}
		})
	}
}

// With --tail 0 and no following nothing is read, also not a line without an end.
func TestNothing(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n2")
	b.append("empty.log", "")
	b.run(file.Options{Patterns: []string{"*.log"}, Start: source.Start{Mode: source.FromTail}})
	b.end()
	b.run(file.Options{Patterns: []string{filepath.Base("empty.log")}})
	b.end()
	b.wait("")
}

// A line over the limit is cut, counted and told once, or split.
func TestLongLines(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "abcdef\nabc\nabcdefgh\n")
	b.run(file.Options{Patterns: []string{"a.log"}, Lines: file.LinesOptions{MaxLine: 4}})
	b.end()
	b.wait("a.log: abcd(cut) abc abcd(cut)")
	if got := fmt.Sprint(b.s.Stats().Lost, b.s.Stats().Cut); got != "map[over-long:6] 2" {
		t.Error(got)
	}
	if b.tell() != "read DIR/a.log: a line is longer than the limit, and the rest of it was cut" {
		t.Errorf("told: %s", b.tell())
	}
	b.run(file.Options{Patterns: []string{"a.log"}, Lines: file.LinesOptions{MaxLine: 4, SplitLong: true}})
	if err := b.stop(); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}
