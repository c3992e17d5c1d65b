// Package source says what a source of records is and what it may ask of the
// collector. The sources themselves are in folders of their own.
package source

import (
	"context"
	"encoding/json"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// Source reads records from somewhere and hands them to an Output.
type Source interface {
	// Name is the section of the checkpoint that is the source's own: its kind, "docker", "file" or "stdin", or what the configuration calls it.
	Name() string

	// Run reads until ctx is done, and returns nil then; or until everything
	// that is there has been read, when the source was made to not follow; or
	// until it can never go on. Trouble that may pass goes to the notice board
	// and is tried again. When Run returns, every goroutine it started has
	// ended, every Stream it opened is closed and every connection too.
	Run(ctx context.Context, out Output) error

	// State is the positions to keep over a restart: everything that was
	// committed. changed is false when nothing has since the last call. It is
	// called from another goroutine than Run, about once a second.
	State() (state State, changed bool)

	// Stats is what the source has done so far; from any goroutine.
	Stats() Stats
}

// State is what a source keeps over restarts: a key of the source's own
// choosing (an origin's Key, mostly) and JSON of the source's own shape.
type State map[string]json.RawMessage

// Output is where a source's records go.
type Output interface {
	// Open begins the way of one origin's records. Opening a key that is open is a mistake of the source.
	Open(key string) Stream
	// Pool is where batches come from.
	Pool() *record.Pool
}

// Stream is the way of one origin's records, in order. Not for concurrent use.
type Stream interface {
	// Send passes b on, and owns it from then on, whatever it returns. It
	// blocks while the sinks cannot take more: a slow sink slows the source.
	// An error means that ctx is done or that the collector is ending: the
	// batch was not sent and its position is not committed.
	Send(ctx context.Context, b *record.Batch) error

	// Close sends on what the stages hold for the origin. Nothing is sent after it.
	Close(ctx context.Context) error
}

// Start is where reading begins in an origin that has no position yet and
// that was there before the collector. What appears later is read from its beginning.
type Start struct {
	Mode  Mode
	Since time.Time // with FromTime
	Lines int       // with FromTail: the last lines
}

// Mode is how a Start is meant.
type Mode uint8

// Where to start.
const (
	FromNow Mode = iota
	FromBeginning
	FromTime
	FromTail
)

// The kinds of sources; problems name what has them by its kind.
const (
	Docker = "docker"
	File   = "file"
	Stdin  = "stdin"
)

// Stats is what a source has read. read = sent on, so that with the sinks'
// counters every line is accounted for; what was given up is in Lost.
type Stats struct {
	Kind    string            // Docker, File or Stdin, whatever the configuration calls it
	Lines   uint64            // records sent
	Bytes   uint64            // bytes taken from the origin for them
	Cut     uint64            // lines longer than the limit
	Partial uint64            // lines sent without their end
	Lost    map[string]uint64 // bytes given up, by reason: "over-long", "truncated", "deleted"…
	Active  int               // origins that are followed
	Behind  int64             // bytes that are there and not read, where the source can tell; -1 where it cannot
	Reopens uint64            // streams and files that were opened again
	Dropped uint64            // records recognised as already sent, and not sent twice
	Began   bool              // what was there at the start has been found
	Turned  time.Time         // when a source that looks at everything every few seconds last did something; zero: it is none, or has not begun
}
