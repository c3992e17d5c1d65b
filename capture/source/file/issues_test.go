package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// What users of other collectors have reported, one test each.

var fromStart = source.Start{Mode: source.FromBeginning}

// settle gives what should not happen the time to happen, and compares.
func (b *bench) settle(want string) {
	b.Helper()
	b.wait(want)
	time.Sleep(500 * time.Millisecond)
	b.wait(want)
}

// pack compresses a file as logrotate does, and removes it.
func (b *bench) pack(name string) {
	b.Helper()
	text, err := os.ReadFile(b.path(name))
	b.check(err)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, err = z.Write(text)
	b.check(errors.Join(err, z.Close()))
	b.check(os.WriteFile(b.path(name+".gz"), packed.Bytes(), 0o644))
	b.check(os.Remove(b.path(name)))
}

// Files of a few bytes are read like any other: no fingerprint has to be filled
// first. Empty ones are no problem that has to be told.
func TestVector2701SmallFiles(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n")
	b.append("b.log", "1\n") // the same, and another file
	b.append("empty.log", "")
	b.append("empty2.log", "")
	opt := file.Options{Patterns: []string{"*.log"}, Follow: true, Start: fromStart}
	b.run(opt)
	b.wait("a.log: 1; b.log: 1")
	b.append("empty2.log", "2\n")
	b.append("b.log", "3\n")
	b.settle("a.log: 1; b.log: 1 3; empty2.log: 2")
	b.end()
	if b.tell() != "" {
		t.Errorf("told: %s", b.tell())
	}
}

// Small files are read at once and not when they have 1024 bytes.
func TestBeats44749BelowAKilobyte(t *testing.T) {
	b := newBench(t)
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true, Rescan: time.Hour})
	want := "a.log:"
	for i := range 30 { // to the other side of it
		text := fmt.Sprintf("%02d%s", i, strings.Repeat("x", 60))
		b.append("a.log", text+"\n")
		want += " " + text
		b.wait(want)
	}
	b.end()
}

// Files with one header stay apart while they grow, are renamed and the collector restarts.
func TestBeats50566GrowingPrefix(t *testing.T) {
	b := newBench(t)
	opt := func() file.Options {
		return file.Options{Patterns: []string{"*.log"}, Follow: true, Start: fromStart}
	}
	for _, name := range []string{"a.log", "b.log", "c.log"} {
		b.append(name, "header\n")
	}
	b.run(opt())
	b.wait("a.log: header; b.log: header; c.log: header")
	b.end()
	b.append("a.log", "a1\n")
	b.rename("b.log", "b.log.1")
	b.append("b.log.1", "b1\n")
	b.append("b.log", "header\nb2\n")
	b.check(os.Remove(b.path("c.log"))) // and another one with its content and more
	b.append("d.log", "header\nd1\n")
	b.run(opt())
	b.append("a.log", strings.Repeat("x", 2000)+"\n")
	b.settle("a.log: header a1 " + strings.Repeat("x", 2000) + "; b.log: header b1 header b2; c.log: header; d.log: header d1")
	b.end()
}

// A file with the inode of the one that was read is another file when it has
// other content, also when it is longer than what was read.
func TestVector18342InodeReuse(t *testing.T) {
	for _, tt := range []struct{ name, next, want string }{
		{"longer", "new1\nnew2\nnew3\nnew4\n", "new1 new2 new3 new4"},
		{"as long", "newA\nnewB\n", "newA newB"},
		{"shorter", "n\n", "n"},
		{"with the same first line", "old1\nnew2\nnew3\n", "old1 new2 new3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			opt := func() file.Options {
				return file.Options{Patterns: []string{"a.log"}, Follow: true, Start: fromStart}
			}
			b.append("a.log", "old1\nold2\n")
			b.run(opt())
			b.wait("a.log: old1 old2")
			b.end()
			// Writing it anew keeps the inode: what reuse looks like to whom comes later.
			b.check(os.WriteFile(b.path("a.log"), []byte(tt.next), 0o644))
			b.run(opt())
			b.settle("a.log: old1 old2 " + tt.want)
			b.end()
		})
	}
}

// Files that are equal for longer than any fingerprint are two files, while
// the collector runs, over a restart, and when one is truncated in place.
func TestContrib19765EqualPrefixes(t *testing.T) {
	same := strings.TrimSpace(strings.Repeat("s ", 3000))
	head := strings.ReplaceAll(same, " ", "\n") + "\n"
	b := newBench(t)
	opt := func() file.Options {
		return file.Options{Patterns: []string{"*.log"}, Follow: true, Start: fromStart}
	}
	b.append("a.log", head)
	b.append("b.log", head)
	b.run(opt())
	b.wait("a.log: " + same + "; b.log: " + same)
	b.append("a.log", "a\n")
	b.wait("a.log: " + same + " a; b.log: " + same)
	b.end()
	b.append("b.log", "b\n")
	b.append("c.log", head)
	b.run(opt())
	b.settle("a.log: " + same + " a; b.log: " + same + " b; c.log: " + same)
	b.check(os.WriteFile(b.path("a.log"), []byte(head), 0o644)) // truncated, and written as before
	b.settle("a.log: " + same + " a " + same + "; b.log: " + same + " b; c.log: " + same)
	b.end()
}

// What was rotated while the collector was down is finished first, all of it, and each line once.
func TestFluentBit10414RotatedWhileDown(t *testing.T) {
	for _, tt := range []struct {
		name string
		pack func(b *bench)
	}{
		{"renamed", func(*bench) {}},
		{"the oldest compressed", func(b *bench) { b.pack("a.log.3") }},
		{"all compressed", func(b *bench) { b.pack("a.log.1"); b.pack("a.log.2"); b.pack("a.log.3") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			opt := func() file.Options {
				return file.Options{Patterns: []string{"a.log*"}, Follow: true, Start: fromStart}
			}
			b.append("a.log", "1\n")
			b.run(opt())
			b.wait("a.log: 1")
			b.end()
			b.append("a.log", "2\n")
			for i := range 3 {
				for n := 2; n > 0; n-- {
					if _, err := os.Stat(b.path(fmt.Sprintf("a.log.%d", n))); err == nil {
						b.rename(fmt.Sprintf("a.log.%d", n), fmt.Sprintf("a.log.%d", n+1))
					}
				}
				b.rename("a.log", "a.log.1")
				b.append("a.log", fmt.Sprintf("%d\n", 3+i))
			}
			tt.pack(b)
			b.run(opt())
			b.settle("a.log: 1 2 3 4 5")
			b.end()
		})
	}
}

// A log that was compressed while the collector was down, without a new one: its rest is read, and nothing twice.
func TestContrib17846CompressedWhileDown(t *testing.T) {
	b := newBench(t)
	opt := func() file.Options {
		return file.Options{Patterns: []string{"*.log", "*.gz"}, Follow: true, Start: fromStart}
	}
	b.append("a.log", "1\n2\n")
	b.run(opt())
	b.wait("a.log: 1 2")
	b.end()
	b.append("a.log", "3\n")
	b.rename("a.log", "a.log-20261124")
	b.pack("a.log-20261124")
	b.append("a.log", "4\n")
	b.run(opt())
	b.settle("a.log: 1 2 3 4")
	b.end()
	b.run(opt())
	b.settle("a.log: 1 2 3 4")
	b.end()
}

// What is given up is counted.
func TestGivenUpIsCounted(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n2\n")
	opt := func() file.Options {
		return file.Options{Patterns: []string{"a.log"}, Follow: true, Start: fromStart}
	}
	b.run(opt())
	b.wait("a.log: 1 2")
	b.end()
	b.append("a.log", "lost\n") // and gone before the next run
	b.check(os.Remove(b.path("a.log")))
	b.append("a.log", "new\n")
	b.run(opt())
	b.wait("a.log: 1 2 new")
	b.until("lost", "map[gap:1]", func() string { return fmt.Sprint(b.s.Stats().Lost) })
	b.end()
}
