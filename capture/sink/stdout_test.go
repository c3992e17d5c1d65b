package sink_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

func TestTerminal(t *testing.T) {
	var out bytes.Buffer
	s := sink.NewStdout(sink.StdoutOptions{W: &out, Terminal: true, Width: 30})
	short := &record.Origin{Name: "db"}
	all := []*record.Batch{batch(short, "first"), particular(), batch(short, "\x1b[1mbold\x1b[0m", "two\nlines\r"), batch(&record.Origin{Name: "/var/log/nginx/access.log"}, "x")}
	if err := s.Write(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		`db | first`,
		`web-1 | say "hi" \ bye`,
		"web-1 ! tab\tnul␀esc",
		`web-1 ! one`,
		`web-1 ! two`,
		"web-1 | ünïcode ☃ \uFFFD ␡ le\\u0076el={\"deep\":[1,2.50,null,\"x\\ny\"]} n=1e400",
		`web-1 | `,
		"web-1 | bad \uFFFD\uFFFD( end",
		`db    | bold`,
		`db    | two`,
		`db    | lines`,
		`…ccess.log | x`,
		``,
	}, "\n")
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestTerminalColours(t *testing.T) {
	var out bytes.Buffer
	s := sink.NewStdout(sink.StdoutOptions{W: &out, Terminal: true, Color: true, Time: true})
	for range 2 {
		if err := s.Write(t.Context(), []*record.Batch{batch(app(), "\x1b[31mred"), batch(web(), "plain")}); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.SplitAfter(out.String(), "\n")
	if !strings.HasPrefix(got[0], "2026-11-24T08:00:00.000000000Z \x1b[") || !strings.HasSuffix(got[0], "\x1b[31mred\x1b[0m\n") {
		t.Errorf("a coloured line is %q", got[0])
	}
	if got[0] != got[2] || strings.HasSuffix(got[1], "\x1b[0m\n") {
		t.Errorf("the same again is %q, a plain line %q", got[2], got[1])
	}
}

// No byte sequence of a container does more to a terminal than set colours.
func FuzzTerminal(f *testing.F) {
	for _, s := range []string{"\x1b]0;title\x07x", "\x1b]8;;http://x\x1b\\link", "\x1b[2J\x1b[H", "\x1b[", "\x1b", "\x1bPq\x1b\\", "\x1bc", "\x1b(0", "\u009b31m", "a\rb\bc", "\x1b[?25l", "\x1b[1;38:5:1m", "\xc2", "1234567\x7f", "12345678\x1b]"} {
		f.Add([]byte(s), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, color bool) {
		var out bytes.Buffer
		s := sink.NewStdout(sink.StdoutOptions{W: &out, Terminal: true, Color: color})
		if err := s.Write(t.Context(), []*record.Batch{batch(&record.Origin{Name: string(text)}, string(text))}); err != nil {
			t.Fatal(err)
		}
		if left := withoutColours(out.String()); strings.ContainsFunc(left, func(r rune) bool {
			return r < ' ' && r != '\t' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x202e
		}) || !color && left != out.String() {
			t.Errorf("%q reaches the terminal as %q", text, out.String())
		}
	})
}

// withoutColours takes ESC [ numbers m away, as a terminal does.
func withoutColours(s string) string {
	for {
		at := strings.Index(s, "\x1b[")
		if at < 0 {
			return s
		}
		end := at + 2 + len(s[at+2:]) - len(strings.TrimLeft(s[at+2:], "0123456789;:"))
		if end >= len(s) || s[end] != 'm' {
			return s
		}
		s = s[:at] + s[end+1:]
	}
}

func TestStdoutIntoAPipeIsJSON(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	s := sink.NewStdout(sink.StdoutOptions{W: w})
	if err := s.Write(t.Context(), []*record.Batch{batch(app(), "1", "2"), batch(web(), "3")}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := sinktest.DecodeLines(text, func(l sinktest.Line) error {
		got = append(got, l.Origin.Source+" "+l.Origin.Name+" "+l.Origin.ID+" "+l.Message)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"file /var/log/app.log  1", "file /var/log/app.log  2", "docker web-1 abc 3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestStdoutGone(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File) {
		r.Close()
		var gone *sink.Gone
		err := sink.NewStdout(sink.StdoutOptions{W: w}).Write(t.Context(), []*record.Batch{batch(app(), "x")})
		if !errors.As(err, &gone) {
			t.Errorf("got %v", err)
		}
	})
}

// Nobody reads: Write ends with ctx, and what it cut is finished by the next one.
func TestStdoutBlocked(t *testing.T) {
	each(t, func(t *testing.T, r, w *os.File) {
		s := sink.NewStdout(sink.StdoutOptions{W: w})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		texts := strings.Split(strings.Repeat(strings.Repeat("x", 999)+" ", 300), " ")[:300]
		all := []*record.Batch{batch(app(), texts...)}
		began := time.Now()
		if err := s.Write(ctx, all); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 5*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		text := make(chan []byte)
		go func() {
			all, _ := io.ReadAll(r)
			text <- all
		}()
		if err := s.Write(t.Context(), all); err != nil {
			t.Error(err)
		}
		w.Close()
		lines := 0
		if err := sinktest.DecodeLines(<-text, func(l sinktest.Line) error {
			lines++
			if l.Message != texts[0] {
				t.Errorf("a torn line: %q", l.Message)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
		if lines < 300 || lines > 400 { // 64 KiB of them were in the pipe
			t.Errorf("%d lines came", lines)
		}
	})
}
