// Package sink holds what a destination of records is, the small
// destinations, and the suite of tests that every one of them passes.
package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// Sink delivers batches to one destination. It neither queues, nor retries, nor
// logs: package deliver does that for all of them.
type Sink interface {
	// Write delivers the batches in their order and returns nil when the
	// destination has acknowledged all of them. After an error it is called
	// again with the same batches, or with a part of them. One call at a time. It returns soon
	// after ctx is done. It only reads the batches and keeps nothing of them.
	Write(ctx context.Context, batches []*record.Batch) error

	// Limits is what one Write is best given.
	Limits() Limits

	// Close ends connections and files, after the last Write.
	Close() error
}

// Limits is what a sink wants in one Write.
type Limits struct {
	Bytes  int           // of messages; a Write gets at least one batch, however large
	Linger time.Duration // how long to wait for so many; 0: take what is there
}

// Unavailable is an error that may pass: the same Write can succeed later. So
// is every error of a Write that is not Rejected.
type Unavailable struct {
	Err   error
	After time.Duration // the destination asked to wait this long; 0: it did not say
}

func (e *Unavailable) Error() string { return e.Err.Error() }
func (e *Unavailable) Unwrap() error { return e.Err }
func (e *Unavailable) Hint() string  { return hintOf(e.Err) }

// Rejected is an answer that will be the same next time: the destination read
// what it was sent and refuses it. A Write of fewer records may succeed.
type Rejected struct {
	Reason  string // one word for counters: "too-large", "invalid"
	Err     error
	Records bool // the answer speaks of records, as only the right address can
}

func (e *Rejected) Error() string { return fmt.Sprintf("refused as %s: %v", e.Reason, e.Err) }
func (e *Rejected) Unwrap() error { return e.Err }
func (e *Rejected) Hint() string  { return hintOf(e.Err) }

// Gone is an error that stays: the destination has ended and will not come
// back, as `head` does behind a pipe. Nothing more can be delivered to it.
type Gone struct{ Err error }

func (e *Gone) Error() string { return e.Err.Error() }
func (e *Gone) Unwrap() error { return e.Err }

// hintOf is the next step that err, or an error in it, knows; "" when none does.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}

// during puts what was being done before the text of err and leaves its type as it is.
func during(what string, err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *Unavailable:
		e.Err = fmt.Errorf("%s: %w", what, e.Err)
		return e
	case *Rejected:
		e.Err = fmt.Errorf("%s: %w", what, e.Err)
		return e
	}
	return fmt.Errorf("%s: %w", what, err)
}
