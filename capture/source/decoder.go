package source

import "github.com/logcap/logcap/capture/record"

// Decoder turns the bytes of one log into records. One decoder a log: it
// keeps what it knows of the log (its encoding, a long line it is skipping),
// but no bytes that it was given.
type Decoder interface {
	// Decode appends records made of b.Buf[from:] to b.Records and says how
	// many of those bytes it is through with; the rest is the beginning of a
	// line and comes again, with more behind it. It may change those bytes in
	// place and may append to b.Buf. now is the Unix time in ns at which the
	// bytes were read. final says that nothing more will come to a line that
	// has begun: it goes out marked Partial and everything is used.
	Decode(b *record.Batch, from int, now int64, final bool) (used int)

	// Pending is how many of the bytes that Decode has used belong to a record
	// that has not been appended yet, counted back from the last used byte to the
	// first of that record: a long line being skipped, a fragment waiting for the
	// next. A position lies that far back.
	Pending() int64

	// Reset forgets everything but the configuration: another log begins.
	Reset()
}
