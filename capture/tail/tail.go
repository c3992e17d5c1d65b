// Package tail reads one log through every rotation: the live file, and what
// rotation has left of it beside it, renamed, copied or compressed. It starts
// no goroutine and watches nothing: who owns a Log asks it to read.
//
// A log is a sequence of segments. A segment is what was written to one file
// until it was renamed, replaced, truncated or removed; it may lie in the live
// file, in a renamed one, in a copy or in an archive, and is the same segment
// in all of them. Segments are read one after the other, oldest first, each
// once. What tells them apart is device, inode and birth of the file where
// these still say something, and always the content: the first bytes (prefix)
// and the bytes before the place that reading has come to (anchor). What came
// after what is said by the order of the names, and where reading goes on by the
// last segment that was read.
//
// What cannot be told apart is read twice rather than never: a copy of less than
// 1 KiB that lacks the end of what had been read, and segments that begin alike
// for longer than was read of them, when they are packed or removed while nobody
// reads. Nobody can tell a copy from a segment of the same text.
//
// What was there before a Log was first opened is not read, but for the live
// file, unless Start.Older asks for it. Lines that are written between the copying and the truncation of a
// copytruncate are in no copy: they are read only when the reader was there in
// time. What follows them then looks like the rest of the line that the copy ends with.
package tail

import (
	"time"
)

// Options are what is not about one log. The zero value is ready for use.
type Options struct {
	// Grace is how long a renamed segment is looked at for late lines after the
	// next one has begun, and how long a renamed segment that ends within a line
	// is waited for. 0 means 10 s.
	Grace time.Duration

	// Settle is how long the copy of a truncated segment, or the end of an archive
	// that is being written, is waited for. 0 means 2 s.
	Settle time.Duration

	// Now is the clock that both are measured with. nil means time.Now.
	Now func() time.Time

	// Names are the names in a directory that begin with prefix, as they were at a
	// moment after since; others may be among them. Who reads many logs in one
	// directory answers from one reading of it, and may put a question off with
	// ErrUnstable. nil reads the directory for each question.
	Names func(dir, prefix string, since time.Time) ([]string, error)
}

// From says where reading begins in a log that has no Position.
type From uint8

// Where to begin.
const (
	Beginning From = iota // of the live file; older segments are not read without Start.Older
	End                   // only what is written from now on
	Since                 // all of the live file when it was written to at Start.Since or later, nothing otherwise: files hold no times
	LastLines             // the last Start.Lines lines of the live file
)

// Start is where reading begins.
type Start struct {
	From  From
	Since time.Time // with Since
	Lines int       // with LastLines

	// Older lets reading begin in the segments that rotation has left beside the
	// path, archives too, the oldest first, and go on through all of them to the live
	// file. From is then about the whole log: Beginning is that of the oldest
	// segment; Since, that of the first one whose file was last written to at
	// Since or later; LastLines counts through all segments, for which
	// archives are decompressed. End is what it is without Older. The older ones are
	// read also where nothing is at the path now.
	Older bool

	Resume *Position // when not nil, reading goes on there and the other fields mean nothing
}
