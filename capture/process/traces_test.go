package process

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
)

var update = flag.Bool("update", false, "write the golden files")

// Traces that the runtimes have written, between other lines. ruby34.log is
// ruby.log with the quotes and names of Ruby 3.4, and java-logback.log is written by
// hand in the forms of that library. In golden files + begins a record of several lines, - is one of one line.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob("testdata/traces/*.log")
	if err != nil || len(files) < 8 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(file), ".log")
			kind, _, _ := strings.Cut(strings.TrimSuffix(name, "34"), "-")
			names := []string{kind}
			if name == "mixed" {
				names = Languages()
			}
			got := golden(joined(t, MultilineOptions{Names: names}, strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")))
			if *update {
				if err := os.WriteFile(strings.TrimSuffix(file, ".log")+".golden", []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(strings.TrimSuffix(file, ".log") + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Lines that look like the beginning of a trace and are none stay records of their own.
func TestNoTraces(t *testing.T) {
	for _, tt := range []struct{ name, text string }{
		{"an error in one line", "INFO retry after FooException: x\nINFO next\nINFO next\n"},
		{"a class and no frames", "com.foo.Bar: message\ncom.foo.Bar: other\n2026 x\n"},
		{"exceptions without frames", "java.lang.Exception: a\njava.lang.Exception: b\nc\nd\n"},
		{"frames without a trace", "\tat com.foo.Bar.baz(Bar.java:1)\n\tat com.foo.Bar.baz(Bar.java:1)\n"},
		{"indented lines", "a\n b\n\tc\n"},
		{"empty lines", "\n\n\n"},
		{"a panic in a log", "panic: no disk\npanic: no disk\nINFO f (x)\nINFO g()\n"},
		{"a class at the end of a line", "INFO loaded (Foo::Bar)\nINFO loaded (Foo)\n"},
		{"words of Python", "Traceback is nice\nValueError: x\n  indented\n"},
		{"a goroutine in a log", "goroutine 7 is stuck\ngoroutine leak:\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			lines := strings.Split(tt.text, "\n")
			b := joined(t, MultilineOptions{Names: Languages()}, lines)
			if len(b.Records) != len(lines) {
				t.Errorf("%s", golden(b))
			}
		})
	}
}

// joined is what a stage makes of lines.
func joined(t *testing.T, opt MultilineOptions, lines []string) *record.Batch {
	t.Helper()
	all := &record.Batch{}
	m := made(t, opt)
	collect(all, m.Process(batch(lines...), 1))
	collect(all, m.Flush(1<<63-1))
	if s := m.Stats(); int(s.Out) != len(all.Records) || s.In != s.Out+s.Joined || int(s.In) != len(lines) {
		t.Errorf("stats %+v of %d lines, %d records", s, len(lines), len(all.Records))
	}
	return all
}

func made(t testing.TB, opt MultilineOptions) Stage {
	t.Helper()
	f, err := NewMultiline(opt)
	if err != nil {
		t.Fatal(err)
	}
	return f(&record.Pool{})
}

// batch is lines as a file's source sends them: one after the other in the buffer.
func batch(lines ...string) *record.Batch {
	b := &record.Batch{Origin: &record.Origin{Key: "x"}}
	for _, l := range lines {
		b.Append(record.Record{}, []byte(l))
		b.Buf = append(b.Buf, '\n')
	}
	return b
}

// collect copies the records of b behind those of all.
func collect(all, b *record.Batch) {
	if b == nil {
		return
	}
	for i, r := range b.Records {
		all.Append(r, b.Message(i))
	}
}

func golden(b *record.Batch) string {
	var out strings.Builder
	for i, r := range b.Records {
		mark := "- "
		if r.Flags&record.Joined != 0 {
			mark = "+ "
		}
		out.WriteString(mark)
		out.Write(bytes.ReplaceAll(b.Message(i), []byte("\n"), []byte("\n  ")))
		out.WriteByte('\n')
	}
	return out.String()
}
