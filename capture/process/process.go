// Package process holds the stages that change records on their way: joining
// the lines of one event, decoding JSON. It is pure: it reads no clock and does no I/O.
package process

import "github.com/logcap/logcap/capture/record"

// Stage changes the records of one origin; each origin has stages of its own.
// A stage takes a batch and gives a batch: it loses no order, and keeps a
// record that it cannot make sense of as it is.
type Stage interface {
	// Process takes b, which it may change, and returns what goes on: b, or another
	// batch in its place. Records may be held back for what comes next; then
	// the position of what goes on is that of the last batch of which nothing
	// is held (nil when there is none), because committing a position promises
	// everything before it. now is Unix time in ns, less the time that was
	// spent on waiting for sinks. Never nil: a batch may be
	// empty, and its position still has to be told.
	Process(b *record.Batch, now int64) *record.Batch

	// Flush gives up waiting for more of what has not grown since `before`, a time as
	// Process has it, and returns it with the position that this makes true; nil when nothing was.
	Flush(before int64) *record.Batch

	// Stats is what the stage has done; not for use during Process.
	Stats() Stats
}

// Stats counts records: In = Out + Joined + what is held.
type Stats struct {
	In, Out uint64
	Joined  uint64 // records that became part of the one before
	Failed  uint64 // records kept as they were, because the stage could not process them
	Split   uint64 // times that an event was over a bound and went out with the rest still to come
}

// Factory makes the stage for one more origin; batches that the stage makes come from pool.
type Factory func(pool *record.Pool) Stage
