package file_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source/file"
	"github.com/logcap/logcap/capture/tail"
)

// joined is a decoder that keeps what it was given: a line that ends with + goes on in the next one.
type joined struct {
	text  []byte
	bytes int64
}

func (d *joined) Decode(b *record.Batch, from int, now int64, final bool) (used int) {
	buf := b.Buf[from:len(b.Buf):len(b.Buf)]
	for {
		n := bytes.IndexByte(buf[used:], '\n')
		if n < 0 {
			break
		}
		line := buf[used : used+n]
		used += n + 1
		d.bytes += int64(n + 1)
		if head, more := bytes.CutSuffix(line, []byte("+")); more {
			d.text = append(d.text, head...)
			continue
		}
		b.Append(record.Record{Time: now}, append(d.text, line...))
		d.text, d.bytes = nil, 0
	}
	if final {
		if text := append(d.text, buf[used:]...); len(text) > 0 {
			b.Append(record.Record{Time: now, Flags: record.Partial}, text)
		}
		used, d.text, d.bytes = len(buf), nil, 0
	}
	return used
}

func (d *joined) Pending() int64 { return d.bytes }
func (d *joined) Reset()         {}

// following runs a Follower of logs that a joined decodes until the end of the test.
func (b *bench) following(opt file.FollowerOptions, names ...string) *file.Follower {
	b.Helper()
	opt.Subject, opt.Board, opt.Rescan = "log", b.board, 50*time.Millisecond
	f := file.NewFollower(opt)
	for _, name := range names {
		path := b.path(name)
		f.Add(file.Spec{Path: path, Origin: &record.Origin{Key: "log:" + path, Name: path}, Decoder: &joined{}, Through: true})
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx, b.out) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	return f
}

// What a decoder has begun waits for its rest as long as an unfinished line
// does, also in a log that is closed, and is then given up.
func TestBegunEntryIsGivenUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		open int
	}{{"open", 0}, {"closed", 1}} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t)
			var later atomic.Int64
			clock := func() time.Time { return time.Now().Add(time.Duration(later.Load())) }
			b.append("a.log", "head+\n")
			b.append("b.log", "1\nother+\n")
			f := b.following(file.FollowerOptions{Open: tt.open, Tail: tail.Options{Now: clock}}, "a.log", "b.log")
			read := func(n int) {
				b.Helper()
				b.until("bytes", fmt.Sprint(n), func() string { return fmt.Sprint(f.Stats().Bytes) })
			}
			read(15)
			later.Add(int64(6 * time.Minute))
			b.append("a.log", "more+\n") // it waits anew
			read(21)
			later.Add(int64(6 * time.Minute))
			b.settle("b.log: 1 other(partial)")
			later.Add(int64(5 * time.Minute))
			b.wait("a.log: headmore(partial); b.log: 1 other(partial)")
			b.append("a.log", "next\n")
			b.settle("a.log: headmore(partial) next; b.log: 1 other(partial)")
		})
	}
}

// A writer that ends its entries has left a torn one: what begins in the next
// file is not its rest. It is counted and told.
func TestTornEntry(t *testing.T) {
	b := newBench(t)
	b.append("a.log", "1\n2\ntorn")
	f := b.following(file.FollowerOptions{Tail: tail.Options{Settle: 50 * time.Millisecond}}, "a.log")
	b.wait("a.log: 1 2")
	b.rename("a.log", "a.log.1")
	b.append("a.log", "3\n")
	b.wait("a.log: 1 2 3")
	if got, want := fmt.Sprint(f.Stats().Lost), "map[torn:4]"; got != want {
		t.Errorf("lost %s, want %s", got, want)
	}
	b.until("told", "read DIR/a.log: the last 4 bytes of a rotated file are no whole entry, and were given up", b.tell)
}
