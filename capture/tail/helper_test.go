package tail

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

// clock is the time of a test: it goes on only when told.
type clock struct{ now time.Time }

func (c *clock) options() Options { return Options{Now: func() time.Time { return c.now }} }

func newClock() *clock { return &clock{time.Unix(1_800_000_000, 0)} }

// place is a directory with the log x.log.
type place struct {
	t    *testing.T
	dir  string
	path string
	*clock
	lines int

	readBefore string
}

func newPlace(t *testing.T) *place {
	dir := t.TempDir()
	return &place{t: t, dir: dir, path: filepath.Join(dir, "x.log"), clock: newClock()}
}

func (p *place) in(name string) string { return filepath.Join(p.dir, name) }

// must is v in a test, which ends for an error.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		ok(t, err)
		return v
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write appends to a file.
func (p *place) write(name, text string) {
	p.t.Helper()
	f := must(os.OpenFile(p.in(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644))(p.t)
	_, err := f.WriteString(text)
	ok(p.t, errors.Join(err, f.Close()))
}

// numbered are the next n lines.
func (p *place) numbered(n int) string {
	var b strings.Builder
	for range n {
		p.lines++
		fmt.Fprintf(&b, "line %08d of a log that is rotated\n", p.lines)
	}
	return b.String()
}

func (p *place) rename(from, to string) {
	p.t.Helper()
	ok(p.t, os.Rename(p.in(from), p.in(to)))
}

// tick waits, for milliseconds, until a file that is created now is seen to be
// younger than the one at path: two that are alike and of one moment look like one and its copy.
func (p *place) tick(path string) {
	p.t.Helper()
	old := must(stat(path))(p.t).id
	for probe := p.in("probe"); old.born != 0; {
		ok(p.t, os.WriteFile(probe, nil, 0o644))
		id := must(stat(probe))(p.t).id
		ok(p.t, os.Remove(probe))
		if id.born > old.born {
			return
		}
	}
}

// copyTruncate copies a file and truncates it.
func (p *place) copyTruncate(from, to string) {
	p.t.Helper()
	b := must(os.ReadFile(p.in(from)))(p.t)
	ok(p.t, os.WriteFile(p.in(to), b, 0o644))
	ok(p.t, os.Truncate(p.in(from), 0))
}

// pack compresses a file and removes it.
func (p *place) pack(name, ending string) {
	p.t.Helper()
	b := must(os.ReadFile(p.in(name)))(p.t)
	ok(p.t, os.WriteFile(p.in(name+ending), packedBytes(p.t, b, ending), 0o644))
	ok(p.t, os.Remove(p.in(name)))
}

func packedBytes(t *testing.T, b []byte, ending string) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&out)
	if ending == ".zst" {
		w = must(zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1)))(t)
	}
	_, err := w.Write(b)
	ok(t, errors.Join(err, w.Close()))
	return out.Bytes()
}

// open opens the log.
func (p *place) open(s Start) *Log {
	p.t.Helper()
	l := must(Open(p.path, s, p.options()))(p.t)
	p.t.Cleanup(func() { _ = l.Close() })
	return l
}

// resume opens the log at a position that went through JSON.
func (p *place) resume(pos Position) *Log {
	p.t.Helper()
	pos = throughJSON(p.t, pos)
	return p.open(Start{Resume: &pos})
}

// read is what the log gives until there is no more for now; "|" is where a
// segment ended, "+" where the next one continued it.
func (p *place) read(l *Log) string {
	p.t.Helper()
	var b strings.Builder
	buf := make([]byte, 4096)
	for range 100_000 {
		n, err := l.Read(buf)
		b.Write(buf[:n])
		var end SegmentEnd
		switch {
		case errors.As(err, &end) && end.Continues:
			b.WriteByte('+')
		case errors.As(err, &end):
			b.WriteByte('|')
		case err == io.EOF:
			return b.String()
		case err != nil:
			p.t.Fatal(err)
		}
	}
	p.t.Fatal("the log has no end")
	return ""
}

func (p *place) want(got, want string) {
	p.t.Helper()
	if got != want {
		p.t.Fatalf("read\n%s\nwant\n%s\nfiles: %s", short(got), short(want), p.files())
	}
}

func short(s string) string {
	if len(s) > 1500 {
		return fmt.Sprintf("%s … %s (%d bytes)", s[:700], s[len(s)-700:], len(s))
	}
	return s
}

func (p *place) files() string {
	var b strings.Builder
	all, _ := os.ReadDir(p.dir)
	for _, e := range all {
		if info, err := e.Info(); err == nil {
			fmt.Fprintf(&b, "%s:%d ", e.Name(), info.Size())
		}
	}
	return b.String()
}

func writeFile(path string, b []byte) error { return os.WriteFile(path, b, 0o644) }
