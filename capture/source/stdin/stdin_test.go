package stdin_test

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
	"github.com/logcap/logcap/capture/source/stdin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// output keeps the texts that it was sent.
type output struct {
	pool   record.Pool
	got    []string
	closed int
}

func (o *output) Open(string) source.Stream { return o }
func (o *output) Pool() *record.Pool        { return &o.pool }
func (o *output) Close(context.Context) error {
	o.closed++
	return nil
}
func (o *output) Send(_ context.Context, b *record.Batch) error {
	for i := range b.Records {
		text := string(b.Message(i))
		if b.Records[i].Flags&record.Partial != 0 {
			text += " (partial)"
		}
		o.got = append(o.got, text)
	}
	b.Release()
	return nil
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 600_000)
	for _, tt := range []struct {
		name string
		r    io.Reader
		want []string
		err  string
	}{
		{"nothing", strings.NewReader(""), nil, ""},
		{"lines", strings.NewReader("a\nb\r\n\nc\n"), []string{"a", "b", "", "c"}, ""},
		{"no newline at the end", strings.NewReader("a\nb"), []string{"a", "b (partial)"}, ""},
		{"a byte at a time", iotest.OneByteReader(strings.NewReader("a\nbc\nd\n")), []string{"a", "bc", "d"}, ""},
		{"a long line", strings.NewReader("a\n" + long + "\nb\n"), []string{"a", long, "b"}, ""},
		{"a line over the limit", strings.NewReader("a\n" + long + long + "\nb\n"), []string{"a", (long + long)[:1<<20], "b"}, ""},
		{"an error", iotest.TimeoutReader(iotest.OneByteReader(strings.NewReader("a\nb"))), []string{"a (partial)"}, "read standard input: timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out output
			s := stdin.New(stdin.Options{R: tt.r, Lines: file.LinesOptions{}})
			err := s.Run(t.Context(), &out)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
				t.Errorf("Run: %v, want %q", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, out.got); diff != "" {
				t.Errorf("(-want +got)\n%.500s", diff)
			}
			if st := s.Stats(); st.Lines != uint64(len(out.got)) || st.Active != 0 || out.closed != 1 {
				t.Errorf("stats %+v, closed %d times", st, out.closed)
			}
		})
	}
}

// The end of ctx ends a Run that waits for a pipe, and what has been read of a line goes out.
func TestEndWhileWaiting(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.WriteString("whole\nbegun"); err != nil {
		t.Fatal(err)
	}
	var out output
	s := stdin.New(stdin.Options{R: r})
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, &out) }()
	for s.Stats().Lines == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel(errors.New("enough"))
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"whole", "begun (partial)"}, out.got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
