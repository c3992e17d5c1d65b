// Package stdin reads standard input as one log without positions.
package stdin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// Options are what is read and how.
type Options struct {
	Name  string    // of the source; "" means "stdin"
	R     io.Reader // an *os.File is waited for in a way that the end of ctx can interrupt, where the system allows
	Lines file.LinesOptions
	Now   func() time.Time // nil: time.Now
}

// Source reads lines until the end of its input. It implements source.Source.
type Source struct {
	opt     Options
	decoder *file.Lines
	lines   atomic.Uint64
	bytes   atomic.Uint64
	active  atomic.Int32
	cut     atomic.Uint64
	partial atomic.Uint64
	lost    atomic.Uint64
	began   atomic.Bool
}

// New makes a Source.
func New(opt Options) *Source {
	if opt.Name == "" {
		opt.Name = "stdin"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Source{opt: opt, decoder: file.NewLines(opt.Lines)}
}

// Name implements source.Source.
func (s *Source) Name() string { return s.opt.Name }

// State implements source.Source: what has been read from a pipe cannot be read again.
func (s *Source) State() (source.State, bool) { return nil, false }

// Stats implements source.Source.
func (s *Source) Stats() source.Stats {
	st := source.Stats{
		Kind: source.Stdin, Lines: s.lines.Load(), Bytes: s.bytes.Load(), Cut: s.cut.Load(), Partial: s.partial.Load(),
		Active: int(s.active.Load()), Behind: -1, Began: s.began.Load(),
	}
	if n := s.lost.Load(); n > 0 {
		st.Lost = map[string]uint64{"over-long": n}
	}
	return st
}

// block is how much is read at once, in bytes: more than a pipe holds.
const block = 256 << 10

// Run implements source.Source.
func (s *Source) Run(ctx context.Context, out source.Output) (err error) {
	s.active.Store(1)
	s.began.Store(true)
	defer s.active.Store(0)
	origin := &record.Origin{Key: "stdin", Source: "stdin", Name: "stdin"}
	to := out.Open(origin.Key)
	defer func() { err = errors.Join(err, to.Close(ctx)) }()
	var carry []byte
	for {
		if err := s.ready(ctx); err != nil {
			return s.rest(to, out, origin, carry)
		}
		size := block
		for len(carry) > size/2 {
			size *= 2
		}
		b := out.Pool().Get(origin, size)
		b.Buf = append(b.Buf[:0], carry...)
		n, readErr := s.opt.R.Read(b.Buf[len(carry):cap(b.Buf)])
		s.bytes.Add(uint64(n))
		b.Buf = b.Buf[:len(carry)+n]
		end := readErr != nil
		raw := len(b.Buf)
		used := s.decoder.Decode(b, 0, s.opt.Now().UnixNano(), end)
		carry = append(carry[:0], b.Buf[used:raw]...)
		s.count()
		if err := s.send(ctx, to, b); err != nil {
			return nil // only ctx ends a Send
		}
		switch {
		case readErr == io.EOF:
			return nil
		case readErr != nil:
			return fmt.Errorf("read standard input: %w", readErr)
		}
	}
}

func (s *Source) send(ctx context.Context, to source.Stream, b *record.Batch) error {
	lines := uint64(len(b.Records))
	if lines == 0 {
		b.Release()
		return nil
	}
	if err := to.Send(ctx, b); err != nil {
		return err
	}
	s.lines.Add(lines)
	return nil
}

// rest sends the beginning of a line that was read before ctx ended: nobody can read it again.
func (s *Source) rest(to source.Stream, out source.Output, origin *record.Origin, carry []byte) error {
	if len(carry) == 0 {
		return nil
	}
	b := out.Pool().Get(origin, len(carry))
	b.Buf = append(b.Buf[:0], carry...)
	s.decoder.Decode(b, 0, s.opt.Now().UnixNano(), true)
	s.count()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.send(ctx, to, b) // a queue that is full until the end: the collector says what it left behind
	return nil
}

// count tells what the decoder has given up.
func (s *Source) count() {
	t := s.decoder.Tally()
	s.cut.Store(t.Cut)
	s.partial.Store(t.Partial)
	s.lost.Store(t.OverLong)
}

// ready returns when a Read will not block, or when ctx is done.
func (s *Source) ready(ctx context.Context) error {
	f, ok := s.opt.R.(*os.File)
	for ok && ctx.Err() == nil {
		if has, err := readable(f); has || err != nil {
			break // the Read tells the error
		}
	}
	return ctx.Err()
}
