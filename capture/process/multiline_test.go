package process

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
)

// place0 is a position of tests: so many batches.
type place0 int

func (place0) Commit() {}

// Messages of a batch, each with what is particular about it.
func told(b *record.Batch) []string {
	if b == nil {
		return nil
	}
	var all []string
	for i, r := range b.Records {
		text := r.Stream.String() + string(b.Message(i))
		for _, f := range []struct {
			flag record.Flags
			name string
		}{{record.Partial, " partial"}, {record.Cut, " cut"}, {record.Joined, " joined"}} {
			if r.Flags&f.flag != 0 {
				text += f.name
			}
		}
		all = append(all, text)
	}
	return all
}

func TestPatterns(t *testing.T) {
	for _, tt := range []struct {
		name string
		opt  MultilineOptions
		want []string
	}{
		{"start", MultilineOptions{Start: `^\d{4}`}, []string{"before\n more joined", "2026 a\n b\n\nc joined", "2027 d"}},
		{"continue", MultilineOptions{Continue: `^\s`}, []string{"before\n more joined", "2026 a\n b joined", "", "c", "2027 d"}},
		{"an expression that is no prefix", MultilineOptions{Start: `(a|d)$`}, []string{"before\n more joined", "2026 a\n b\n\nc joined", "2027 d"}},
		{"most lines", MultilineOptions{Start: `^\d{4}`, MaxLines: 2}, []string{"before\n more joined", "2026 a\n b joined", "\nc joined", "2027 d"}},
		{"most bytes", MultilineOptions{Start: `^\d{4}`, MaxBytes: 9}, []string{"before", " more", "2026 a\n b joined", "\nc joined", "2027 d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := told(joined(t, tt.opt, []string{"before", " more", "2026 a", " b", "", "c", "2027 d"}))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	for _, opt := range []MultilineOptions{
		{}, {Names: []string{"perl"}}, {Names: []string{"go", "go"}}, {Start: "("}, {Start: "a", Continue: "b"}, {Names: []string{"go"}, Start: "a"},
	} {
		if _, err := NewMultiline(opt); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: %v", opt, err)
		}
	}
}

// What is held holds its position back, and lines of the two streams are not joined.
func TestMultilinePositions(t *testing.T) {
	m := made(t, MultilineOptions{Names: []string{"java"}})
	send := func(n int, now int64, lines ...string) *record.Batch {
		b := batch(lines...)
		for i := range b.Records {
			b.Records[i].Stream = record.Stdout
			if strings.HasPrefix(lines[i], "!") {
				b.Records[i].Stream = record.Stderr
				b.Records[i].Message.Start++
			}
		}
		b.Position = place0(n)
		return m.Process(b, now)
	}
	steps := []struct {
		do   func() *record.Batch
		want []string
		pos  record.Position
	}{
		{func() *record.Batch { return send(1, 100, "a", "!java.lang.Exception: x") }, []string{"stdouta"}, nil},
		{func() *record.Batch { return send(2, 101, "\tat b.C.d(E.java:1)", "c") }, []string{"stdout\tat b.C.d(E.java:1)", "stdoutc"}, nil},
		{func() *record.Batch { return send(3, 102, "!\tat b.C.d(E.java:1)") }, nil, nil},
		{func() *record.Batch { return m.Flush(102) }, nil, nil}, // it has grown at 102
		{func() *record.Batch { return send(4, 103) }, nil, nil},
		{func() *record.Batch { return send(5, 104, "java.lang.Exception: y", "!z") },
			[]string{"stderrjava.lang.Exception: x\n\tat b.C.d(E.java:1) joined", "stderrz"}, place0(4)},
		{func() *record.Batch { return m.Flush(104) }, nil, nil},
		{func() *record.Batch { return m.Flush(105) }, []string{"stdoutjava.lang.Exception: y"}, place0(5)},
		{func() *record.Batch { return send(6, 106) }, nil, place0(6)},
		{func() *record.Batch { return m.Flush(1<<63 - 1) }, nil, nil},
	}
	for i, s := range steps {
		b := s.do()
		if diff := cmp.Diff(s.want, told(b)); diff != "" {
			t.Fatalf("step %d (-want +got):\n%s", i, diff)
		}
		if b != nil && b.Position != s.pos {
			t.Errorf("step %d: position %v, want %v", i, b.Position, s.pos)
		}
	}
}

// An event that goes on growing is given up after a minute.
func TestMultilineLongest(t *testing.T) {
	m := made(t, MultilineOptions{Start: "^x"})
	m.Process(batch("x"), 1)
	for now := int64(1); now < 64e9; now += 1e9 {
		m.Process(batch(" y"), now)
		b := m.Flush(now - 1e9)
		if late := now > 61e9+1; late != (b != nil) {
			t.Fatalf("%v after %d s", told(b), now/1e9)
		} else if late {
			return
		}
	}
}

// What is particular about a line is so about its event; what comes behind a
// line without its end may be the rest of it, and is not joined.
func TestMultilineFlags(t *testing.T) {
	b := batch("x 1", " 2", " 3", " 4", "x 5", " 6")
	b.Records[1].Flags = record.Cut
	b.Records[2].Flags = record.Partial
	m := made(t, MultilineOptions{Start: "^x"})
	all := &record.Batch{}
	collect(all, m.Process(b, 1))
	collect(all, m.Flush(2))
	if diff := cmp.Diff([]string{"x 1\n 2\n 3 partial cut joined", " 4", "x 5\n 6 joined"}, told(all)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Lines between which there is something else are joined with a newline.
func TestMultilineApart(t *testing.T) {
	b := &record.Batch{Origin: &record.Origin{}, Buf: []byte("x 1\r\n 2 \x00\x01 3\n")}
	b.Records = []record.Record{{Time: 7, Message: record.Span{Start: 0, End: 3}}, {Time: 8, Message: record.Span{Start: 5, End: 7}}, {Message: record.Span{Start: 10, End: 12}}}
	m := made(t, MultilineOptions{Continue: "^ "})
	all := &record.Batch{}
	collect(all, m.Process(b, 1))
	collect(all, m.Flush(2))
	if diff := cmp.Diff([]string{"x 1\n 2\n 3 joined"}, told(all)); diff != "" || all.Records[0].Time != 7 {
		t.Errorf("time %d (-want +got):\n%s", all.Records[0].Time, diff)
	}
}

// FuzzMultiline: the same lines give the same records however they come in
// batches, and no byte is lost, doubled or out of its stream's order.
func FuzzMultiline(f *testing.F) {
	for _, trace := range []string{
		"x\njava.lang.Exception: a\n\tat b.C.d(E.java:1)\n!Traceback (most recent call last):\n!  File \"a\"\n!ValueError: b\n!\n!During handling of the above exception, another exception occurred:\n!\n!Traceback (most recent call last):\ny",
		"panic: x\n\ngoroutine 1 [running]:\nmain.main()\n\t/a.go:1\ncreated by x\n\t/b.go:2\nexit status 2\n!goroutine 2 [x]:\n!a.b()\n!c",
		"a.rb:1:in 'x': y (Z)\n!b\n\tfrom a.rb:1:in 'x'\nFooError: x\n\n\n b\nFooError: y\n c\n\tat x\n",
	} {
		for by := range uint8(6) {
			f.Add(trace, []byte{3, 1, 0, 7, 2}, by, uint8(3))
		}
	}
	f.Fuzz(func(t *testing.T, text string, cuts []byte, by, lines uint8) {
		opt := []MultilineOptions{
			{Names: []string{"java", "python", "go", "ruby"}}, {Names: []string{"ruby", "go", "java"}}, {Names: []string{"python"}},
			{Start: `^\w`}, {Continue: `^\s`}, {Start: "(?i)^x.*a|!"},
		}[by%6]
		opt.MaxLines, opt.MaxBytes = int(lines), int(lines)*9
		all := strings.Split(text, "\n")
		if len(all) > 500 {
			t.Skip()
		}
		part := func(lines []string) *record.Batch {
			b := &record.Batch{Origin: &record.Origin{}}
			for _, l := range lines {
				l, stderr := strings.CutPrefix(l, "!")
				r := record.Record{Stream: record.Stdout}
				if stderr {
					r.Stream = record.Stderr
				}
				if strings.HasSuffix(l, "~") {
					r.Flags = record.Partial
				}
				b.Append(r, []byte(l))
				b.Buf = append(b.Buf, "\r\n"[len(l)%2:]...)
			}
			return b
		}
		run := func(cuts []byte) []string {
			out := &record.Batch{}
			m := made(t, opt)
			var in, taken int
			for rest := all; len(rest) > 0; {
				n := len(rest)
				if len(cuts) > 0 {
					n, cuts = min(n, int(cuts[0])), cuts[1:]
				}
				in += n
				b := part(rest[:n])
				b.Position = place0(in)
				b = m.Process(b, int64(in))
				collect(out, b)
				taken += lineCount(b)
				if p, ok := b.Position.(place0); ok && int(p) > taken {
					t.Fatalf("position %d with %d lines out", p, taken)
				}
				rest = rest[n:]
				if m.Flush(0) != nil {
					t.Fatal("something held is older than its time")
				}
			}
			last := m.Flush(1<<63 - 1)
			collect(out, last)
			if last != nil && last.Position != place0(len(all)) {
				t.Errorf("position %v at the end, of %d", last.Position, len(all))
			}
			s := m.Stats()
			if int(s.In) != len(all) || s.In != s.Out+s.Joined || int(s.Out) != len(out.Records) {
				t.Errorf("stats %+v of %d lines", s, len(all))
			}
			for _, stream := range []record.Stream{record.Stdout, record.Stderr} {
				if got, want := textOf(out, stream), textOf(part(all), stream); !bytes.Equal(got, want) {
					t.Fatalf("%v: %q became %q", stream, want, got)
				}
			}
			return told(out)
		}
		if diff := cmp.Diff(run(nil), run(cuts)); diff != "" {
			t.Errorf("in one batch and in several (-one +several):\n%s", diff)
		}
	})
}

func textOf(b *record.Batch, s record.Stream) []byte {
	var text []byte
	for i, r := range b.Records {
		if r.Stream == s {
			text = append(append(text, b.Message(i)...), '\n')
		}
	}
	return text
}

func lineCount(b *record.Batch) int {
	n := 0
	for i, r := range b.Records {
		n++
		if r.Flags&record.Joined != 0 {
			n += bytes.Count(b.Message(i), []byte("\n"))
		}
	}
	return n
}

// FuzzPattern: bytes that are compared before the expression is asked change nothing.
func FuzzPattern(f *testing.F) {
	for _, p := range []string{`^\d{4}-\d{2}`, `^\s+at`, `^\[`, `^(?:a|b)c`, `^[^x]y`, `(?i)^info`, `^é+`, `^`, `^$`, `^a{2,3}b`, `^(ab)c`, `^.x`, `^\x{FFFD}a`, `a|^b`, `^a*b`, `^(?:ab)+c`, `(?m)^a`, `^[\x{FFFD}a]b`} {
		for _, line := range []string{"2026-11", "\tat x", "[", "ac", "zy", "INFO", "é", "", "aab", "abc", "\xffx", "\xffa", "b", "ababc", "\xffb", "éy"} {
			f.Add(p, []byte(line))
		}
	}
	f.Fuzz(func(t *testing.T, text string, line []byte) {
		p, err := compile(text)
		if err != nil {
			return
		}
		if got, want := p.match(line), p.re.Match(line); got != want {
			t.Errorf("%q on %q: %v, and the expression says %v", text, line, got, want)
		}
	})
}
