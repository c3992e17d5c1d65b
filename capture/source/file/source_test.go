package file_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// Where reading begins in what is there, and in what appears later.
func TestStart(t *testing.T) {
	for _, tt := range []struct {
		name  string
		start source.Start
		want  string
	}{
		{"from now", source.Start{}, ""},
		{"from the beginning", source.Start{Mode: source.FromBeginning}, "a.log: 1 2 3"},
		{"the last lines", source.Start{Mode: source.FromTail, Lines: 2}, "a.log: 2 3"},
		{"since before it was written", source.Start{Mode: source.FromTime, Since: time.Now().Add(-time.Hour)}, "a.log: 1 2 3"},
		{"since after it was written", source.Start{Mode: source.FromTime, Since: time.Now().Add(time.Hour)}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			b.append("a.log", "1\n2\n3\n")
			b.run(file.Options{Patterns: []string{"*.log"}, Start: tt.start, Follow: true})
			b.wait(tt.want)
			b.until("active", "1", func() string { return fmt.Sprint(b.s.Stats().Active) })
			time.Sleep(50 * time.Millisecond) // what comes first would be read as part of the start
			b.append("a.log", "4\n")
			b.append("new.log", "n1\nn2\n")
			want := "a.log: 4; new.log: n1 n2"
			if tt.want != "" {
				want = tt.want + " 4; new.log: n1 n2"
			}
			b.wait(want)
			b.end()
		})
	}
}

// What a run has committed the next one goes on from: lines, files and halves of lines that came meanwhile.
func TestRestart(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n2\n")
	b.append("quiet.log", "old\n")
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true})
	b.until("active", "2", func() string { return fmt.Sprint(b.s.Stats().Active) })
	time.Sleep(50 * time.Millisecond)
	b.append("a.log", "3\nhal")
	b.wait("a.log: 3")
	b.end()
	b.append("a.log", "f\n5\n")
	b.append("quiet.log", "new\n")
	b.append("later.log", "l\n")
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true})
	b.wait("a.log: 3 half 5; later.log: l; quiet.log: new")
	b.end()
	b.rename("a.log", "a.log.1")
	b.append("a.log.1", "6\n")
	b.append("a.log", "7\n")
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true})
	b.wait("a.log: 3 half 5 6 7; later.log: l; quiet.log: new")
	b.end()
	b.run(file.Options{Patterns: []string{"*.log", "a.log.*"}, Follow: true})
	time.Sleep(300 * time.Millisecond)
	b.wait("a.log: 3 half 5 6 7; later.log: l; quiet.log: new")
	b.end()
}

// What was not acknowledged is read again.
func TestUnacknowledged(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n2\n")
	opt := file.Options{Patterns: []string{"a.log"}, Follow: true, Start: source.Start{Mode: source.FromBeginning}}
	b.run(opt)
	b.wait("a.log: 1 2")
	b.out.mu.Lock()
	b.out.hold = true
	b.out.mu.Unlock()
	b.append("a.log", "3\n")
	b.wait("a.log: 1 2 3")
	b.end()
	b.run(file.Options{Patterns: []string{"a.log"}, Follow: true})
	b.wait("a.log: 1 2 3 3")
	b.end()
}

// Rotation while the glob matches the rotated files too: each line once.
func TestRotation(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rotate func(b *bench, round int)
	}{
		{"rename", func(b *bench, round int) {
			for i := round; i > 0; i-- {
				b.rename(fmt.Sprintf("app.log.%d", i), fmt.Sprintf("app.log.%d", i+1))
			}
			b.rename("app.log", "app.log.1")
		}},
		{"dates", func(b *bench, round int) { b.rename("app.log", fmt.Sprintf("app-2026112%d.log", round)) }},
		{"a name of another kind", func(b *bench, round int) { b.rename("app.log", fmt.Sprintf("old_%c_app.log", 'a'+round)) }},
		{"copytruncate", func(b *bench, round int) {
			text, err := os.ReadFile(b.path("app.log"))
			b.check(err)
			b.append(fmt.Sprintf("app.log-2026112%d", round), string(text))
			b.check(os.Truncate(b.path("app.log"), 0))
		}},
		{"compressed", func(b *bench, round int) {
			b.rename("app.log", "tmp")
			text, err := os.ReadFile(b.path("tmp"))
			b.check(err)
			f, err := os.Create(b.path(fmt.Sprintf("app-2026112%d.log.gz", round)))
			b.check(err)
			z := gzip.NewWriter(f)
			_, err = z.Write(text)
			b.check(errors.Join(err, z.Close(), f.Close()))
			b.check(os.Remove(b.path("tmp")))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.run(file.Options{Patterns: []string{"*app*"}, Follow: true})
			want := "app.log:"
			for round := range 5 {
				b.append("app.log", numbered(round*10, round*10+10))
				for i := range 10 {
					want += fmt.Sprint(" ", round*10+i)
				}
				// What gets a name that tells nothing before it was seen is found under that name.
				if round%2 == 0 || tt.name == "a name of another kind" {
					b.wait(want)
				}
				tt.rotate(b, round)
			}
			b.append("app.log", "end\n")
			b.wait(want + " end")
			time.Sleep(time.Second) // rescans that could find what is rotated
			b.wait(want + " end")
			b.end()
		})
	}
}

// New files in new directories are found without waiting for a rescan.
func TestNewDirectories(t *testing.T) {
	b := newBench(t)
	b.run(file.Options{Patterns: []string{"**/*.log"}, Exclude: []string{"skip*", b.path("d2/**")}, Follow: true, Rescan: time.Hour})
	b.append("d/e/f/deep.log", "1\n")
	b.append("top.log", "2\n")
	b.append("d/skipped.txt", "no\n")
	b.append("d/skip.log", "no\n")
	b.append("d2/also.log", "no\n")
	b.wait("deep.log: 1; top.log: 2")
	b.append("d/e/f/deep.log", "3\n")
	b.wait("deep.log: 1 3; top.log: 2")
	b.end()
}

// A line that is written in parts waits for its end, and goes out marked when it has waited too long.
func TestUnfinishedLine(t *testing.T) {
	b := newBench(t)
	b.run(file.Options{Patterns: []string{"a.log"}, Follow: true, Wait: 4 * time.Second, Rescan: 100 * time.Millisecond})
	b.append("a.log", "one\ntw")
	b.wait("a.log: one")
	time.Sleep(500 * time.Millisecond)
	b.append("a.log", "o\nthr")
	b.wait("a.log: one two")
	b.wait("a.log: one two thr(partial)")
	b.append("a.log", "ee\n")
	b.wait("a.log: one two thr(partial) ee")
	b.end()
}

// Read once: what is there to its end, archives too, and no longer.
func TestOnce(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n2")
	b.append("a.log.1", "0\n")
	f, err := os.Create(b.path("b.log.gz"))
	b.check(err)
	z := gzip.NewWriter(f)
	_, err = z.Write([]byte("z1\nz2\n"))
	b.check(errors.Join(err, z.Close(), f.Close()))
	b.run(file.Options{Patterns: []string{"*.log*"}})
	if err := b.stop(); err != nil {
		t.Fatal(err)
	}
	b.wait("a.log: 1 2(partial); a.log.1: 0; b.log.gz: z1 z2")
}

// What cannot be read is told once each, and the others go on.
func TestTrouble(t *testing.T) {
	b := newBench(t)
	b.append("good.log", "1\n")
	b.append("binary.log", "ELF\x00\x01\x02\n")
	b.append("later/x", "")
	b.check(os.Mkdir(b.path("dir.log"), 0o755))
	b.run(file.Options{Patterns: []string{"good.log", "binary.log", "dir.log", "absent.log"}, Follow: true, Start: source.Start{Mode: source.FromBeginning}})
	b.wait("good.log: 1")
	b.until("told", "read DIR/dir.log: it is a directory and not a file; read DIR/absent.log: no such file; read DIR/binary.log: it is a binary file, not a log", b.tell)
	time.Sleep(500 * time.Millisecond)
	b.append("absent.log", "2\n")
	b.check(os.Remove(b.path("dir.log")))
	b.append("dir.log", "3\n")
	b.wait("absent.log: 2; dir.log: 3; good.log: 1")
	b.end()
	if n := strings.Count(b.tell(), "a binary file"); n != 1 {
		t.Errorf("told %d times: %s", n, b.tell())
	}
}

func TestOnceWithTrouble(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{"absent.log", "no such file"},
		{"*.none", "no such file"},
		{"dir", "not all of them could be read"},
		{"binary", "not all of them could be read"},
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			b := newBench(t)
			b.check(os.Mkdir(b.path("dir"), 0o755))
			b.append("binary", "\x00\x01x\x00\n")
			b.run(file.Options{Patterns: []string{tt.pattern}})
			if err := b.stop(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Run: %v, want %q", err, tt.want)
			}
		})
	}
}

// A file that logcap writes itself is never read.
func TestOwnOutput(t *testing.T) {
	b := newBench(t)
	b.append("own.log", "1\n")
	own, err := os.Stat(b.path("own.log"))
	b.check(err)
	b.run(file.Options{Patterns: []string{"*.log"}, Follow: true, Start: source.Start{Mode: source.FromBeginning},
		Owns: func(f fs.FileInfo) bool { return os.SameFile(f, own) }})
	b.append("other.log", "2\n")
	b.wait("other.log: 2")
	b.append("own.log", "3\n")
	time.Sleep(300 * time.Millisecond)
	b.wait("other.log: 2")
	b.end()
}

func TestBadPatterns(t *testing.T) {
	for _, opt := range []file.Options{{}, {Patterns: []string{""}}, {Patterns: []string{"a[.log"}}, {Patterns: []string{"a"}, Exclude: []string{"{"}}} {
		if _, err := file.New(opt); err == nil {
			t.Errorf("%+v was taken", opt)
		}
	}
}
