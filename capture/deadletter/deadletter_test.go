package deadletter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// letters are n of one sink, refused a second apart.
func letters(sink, reason string, from, n int) []Letter {
	b := &record.Batch{Origin: &record.Origin{Key: "k", Source: "file", Name: "x"}}
	var all []Letter
	for i := range n {
		b.Append(record.Record{Time: int64(from + i)}, fmt.Appendf(nil, "line %d", from+i))
		all = append(all, Of(sink, reason, errors.New("answered 400"), noon.Add(time.Duration(from+i)*time.Second), b, i))
	}
	return all
}

// messages are those of all letters that can be read.
func messages(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := Read(dir, func(e Entry) error {
		if e.Err == nil {
			all = append(all, *e.Letter.Record.Message)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func lines(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("line %d", i))
	}
	return all
}

func put(t *testing.T, b *Box, all []Letter) {
	t.Helper()
	if err := b.Put(all); err != nil {
		t.Fatal(err)
	}
}

// A record comes out of its letter as it went in, bytes that are no UTF-8 included, and the line is one that a person can read.
func TestRoundTrip(t *testing.T) {
	for _, message := range []string{"plain", "", "a\nb\x00\"", "not \xff utf-8", "\u2028 <b>"} {
		in := &record.Batch{
			Origin: &record.Origin{Key: "docker:1", Source: "docker", Name: "web", ID: "1", Attrs: []record.Attr{{Key: "a", Value: "b"}}},
			Buf:    []byte(`"k""v` + "\xff" + `"` + message),
			Fields: []record.Field{{Key: record.Span{End: 3}, Value: record.Span{Start: 3, End: 7}}},
		}
		in.Records = []record.Record{{
			Time: 1 << 60, Message: record.Span{Start: 7, End: uint32(len(in.Buf))}, Fields: 1, Stream: record.Stderr, Flags: record.Partial | record.Decoded,
		}}
		l := Of("http", "invalid", errors.New("answered 400"), noon, in, 0)
		text, err := json.Marshal(l)
		if err != nil || bytes.Contains(text, []byte("\n")) {
			t.Fatalf("%s, %v", text, err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(in, back.Batch(), cmpopts.IgnoreUnexported(record.Batch{})); diff != "" {
			t.Errorf("%q (-in +out):\n%s", message, diff)
		}
		if !back.Refused.Equal(noon) || back.Sink != "http" || back.Reason != "invalid" || back.Error != "answered 400" {
			t.Errorf("%+v", back)
		}
	}
}

// The directory stays below its bound; the oldest go, counted.
func TestBound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "letters")
	const bound = 64 << 10
	b := New(Options{Dir: dir, Bytes: bound})
	for i := range 500 {
		put(t, b, letters("http", "invalid", 2*i, 2))
		all, err := filesIn(dir)
		if err != nil {
			t.Fatal(err)
		}
		var size int64
		for _, f := range all {
			size += f.size
		}
		if size > bound || len(all) > fileMost+1 {
			t.Fatalf("%d bytes in %d files", size, len(all))
		}
	}
	got := messages(t, dir)
	if b.Evicted() == 0 || uint64(len(got))+b.Evicted() != 1000 {
		t.Errorf("%d are there, %d evicted", len(got), b.Evicted())
	}
	if diff := cmp.Diff(lines(1000-len(got), 1000), got); diff != "" {
		t.Errorf("not the newest (-want +got):\n%s", diff)
	}
}

// What visit says is removed goes, and all else stays, also while a collector puts letters in.
func TestSift(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "letters")
	if n, err := Sift(dir, Filter{}, nil); n != 0 || err != nil {
		t.Errorf("without a directory: %d, %v", n, err)
	}
	b := New(Options{Dir: dir})
	put(t, b, letters("http", "invalid", 0, 10))
	put(t, b, letters("loki", "too-large", 10, 10))
	torn := filepath.Join(dir, fileName(1))
	f, err := os.OpenFile(torn, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(`{"refused":"20`)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	busy.Go(func() {
		for i := range 20 {
			if err := b.Put(letters("http", "invalid", 20+i, 1)); err != nil {
				t.Error(err)
			}
		}
	})
	n, err := Sift(dir, Filter{Sink: "loki", Reason: "too-large", Before: noon.Add(15 * time.Second)}, func(l *Letter) (bool, error) {
		return l.Record.Nanoseconds != 12, nil
	})
	busy.Wait()
	if err != nil || n != 4 {
		t.Errorf("removed %d, %v", n, err)
	}
	want := append(append(lines(0, 10), "line 12"), lines(15, 40)...)
	if diff := cmp.Diff(want, messages(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	broken := 0
	err = Read(dir, func(e Entry) error {
		if e.Err != nil {
			if broken++; !strings.Contains(e.Err.Error(), "00000001.jsonl, line ") {
				t.Error(e.Err)
			}
		}
		return nil
	})
	if broken != 1 || err != nil {
		t.Errorf("%d broken lines, %v", broken, err)
	}
	// A visit that fails ends it; what went before is removed.
	stop := errors.New("stop")
	n, err = Sift(dir, Filter{}, func(l *Letter) (bool, error) {
		if l.Record.Nanoseconds == 3 {
			return false, stop
		}
		return true, nil
	})
	if n != 3 || !errors.Is(err, stop) || messages(t, dir)[0] != "line 3" {
		t.Errorf("removed %d, %v, first is now %s", n, err, messages(t, dir)[0])
	}
	if n, err = Sift(dir, Filter{}, func(*Letter) (bool, error) { return true, nil }); err != nil || len(messages(t, dir)) != 0 {
		t.Errorf("removed %d, %v, %v are left", n, err, messages(t, dir))
	}
}

// A directory that cannot be one: one line, and what to do.
func TestUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := New(Options{Dir: file}).Put(letters("http", "invalid", 0, 1))
	var hinted interface{ Hint() string }
	if err == nil || !errors.As(err, &hinted) || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

// Whatever a line holds, a letter that is read can be made a record, and is written and read the same.
func FuzzParse(f *testing.F) {
	for _, l := range letters("http", "invalid", 0, 2) {
		text, err := json.Marshal(l)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"sink":"x","record":{"message":"","attributes":[{"key":"\"k\"","value":"1"}]}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		l, err := Parse(line)
		if err != nil {
			return
		}
		b := l.Batch()
		_ = b.Message(0)
		for _, field := range b.Of(0) {
			if !json.Valid(b.Bytes(field.Key)) || !json.Valid(b.Bytes(field.Value)) {
				t.Fatalf("%q: %q", b.Bytes(field.Key), b.Bytes(field.Value))
			}
		}
		again, err := json.Marshal(Of(l.Sink, l.Reason, nil, noon, b, 0))
		if err != nil {
			t.Fatal(err)
		}
		second, err := Parse(again)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(b, second.Batch(), cmpopts.IgnoreUnexported(record.Batch{})); diff != "" {
			t.Fatalf("(-first +second):\n%s", diff)
		}
	})
}
