package sink

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/logcap/logcap/capture/record"
)

// StdoutOptions is where a stdout sink writes and for whom.
type StdoutOptions struct {
	W        io.Writer // what is written to; an *os.File is never closed
	Terminal bool      // people read it: "name | message"; false means JSON lines that stand alone
	Color    bool      // on a terminal: colours of ours, and those of the messages
	Width    int       // columns of the terminal; 0 means 80
	Time     bool      // on a terminal: each line begins with its record's time
}

// Stdout writes to a terminal or into a pipe, each batch list with one write
// where the system can give up a write that blocks. Its acknowledgement
// means that the system has the bytes.
type Stdout struct {
	opts StdoutOptions
	json Encoder
	view view
	buf  []byte
	rest []byte // of a line that went out in part; it is finished before anything else
}

// NewStdout makes the sink.
func NewStdout(o StdoutOptions) *Stdout {
	return &Stdout{opts: o, view: newView(o)}
}

// Write writes the batches. When whoever reads has gone, it returns Gone. A
// pipe that nobody empties and a terminal that is stopped hold it up only until ctx is
// done, and on Windows as long as they like: there a write to a console or pipe cannot be given up.
func (s *Stdout) Write(ctx context.Context, batches []*record.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.buf = append(again(s.buf), s.rest...)
	for _, b := range batches {
		if s.opts.Terminal {
			s.buf = s.view.append(s.buf, b)
		} else {
			s.buf = s.json.AppendLines(s.buf, b, 0, len(b.Records))
		}
	}
	if len(s.buf) == 0 {
		return nil
	}
	n, err := writeUntil(ctx, s.opts.W, s.buf)
	if err == nil {
		s.rest = s.rest[:0]
		return nil
	}
	s.tear(n)
	if ended(err) {
		return &Gone{fmt.Errorf("write to stdout: %w", err)}
	}
	return fmt.Errorf("write to stdout: %w", err)
}

// tear keeps the end of the line that was cut by a write of n bytes: what comes next must not be glued to its beginning.
func (s *Stdout) tear(n int) {
	if n == 0 { // the rest of before is still to come
		return
	}
	s.rest = s.rest[:0]
	if s.buf[n-1] == '\n' {
		return
	}
	end := n + bytes.IndexByte(s.buf[n:], '\n') + 1
	s.rest = append(s.rest, s.buf[n:end]...)
}

// Replaced is how many records had bytes that are not UTF-8, which became U+FFFD in JSON lines; from any goroutine.
func (s *Stdout) Replaced() uint64 { return s.json.Replaced() }

// Limits are small batches at once: somebody may be watching.
func (s *Stdout) Limits() Limits { return Limits{Bytes: 256 << 10} }

// Close leaves the writer open: it is the process's.
func (s *Stdout) Close() error { return nil }
