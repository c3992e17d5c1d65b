package tail

import (
	"errors"
	"io/fs"
	"os"
	"time"
)

// Log is one log that is being read. It is not for concurrent use. It holds
// one descriptor, and one for each renamed segment that may still be written
// to: four, more only while those have unread lines.
type Log struct {
	path    string
	opt     Options
	scratch []byte // for all segments: what a file holds where it was read before

	cur     *segment // nil when what want says was not found yet
	want    *Position
	once    bool   // the path is an archive
	target  string // what the path leads to, when it is a symbolic link
	before  *Before
	steps   []step
	late    []*late
	reading *late     // the one of late that Read reads from
	polled  time.Time // when late ones were last looked at
	calm    int64     // when the directory had last changed as stillLive looked at it, in Unix ns; 0: look again
	cut     bool      // the next Read ends with a line: a late segment is to be read
	inLine  bool      // what Read gave last is not the end of a line

	waiting time.Time // since when something is waited for; zero when nothing is
	between int64     // bytes in segments between the current and the live one, as last seen
	missing bool
	done    bool
	closed  bool
	stats   Stats
}

// SegmentEnd is the error of a Read that has come to the end of a segment. The next Read begins the next one.
type SegmentEnd struct {
	// Continues says that the next segment goes on in the same stream of bytes:
	// the writer was not told that its file was truncated, and the line that it
	// was writing has its head here and its rest there. Otherwise nothing more
	// comes to a line that has no end yet.
	Continues bool
}

// Error is for those who forget to ask what it is.
func (e SegmentEnd) Error() string { return "end of segment" }

// ErrPartArchive is the error of a Read that has come to the end of an archive
// that was cut off or is damaged: what could be read has been given.
var ErrPartArchive = errors.New("archive ends before its content or is damaged")

// NotAFile is the error of Open for a directory and other things without content of their own.
type NotAFile struct{ Path, Kind string }

// Error says what it is instead.
func (e *NotAFile) Error() string { return e.Path + " is a " + e.Kind + ", not a file" }

// Open opens the log at path. The error is fs.ErrNotExist when there is
// nothing to read yet, fs.ErrPermission when it may not be read, and a
// *NotAFile when path is a directory, a socket, a device: something that is not
// a file. All of them may pass.
//
// A path that ends in .gz or .zst and holds what its name says is an archive:
// it is read once, decompressed, and then Done.
func Open(path string, start Start, opt Options) (*Log, error) {
	if opt.Grace <= 0 {
		opt.Grace = 10 * time.Second
	}
	if opt.Settle <= 0 {
		opt.Settle = 2 * time.Second
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	l := &Log{path: path, opt: opt, scratch: make([]byte, anchorLen)}
	var err error
	switch _, archive := unpacked(path); {
	case archive && l.openArchive(start.Resume, &err):
	case err != nil:
	case start.Resume != nil:
		err = l.openAt(start.Resume)
	default:
		err = l.openNew(start)
	}
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return l, nil
}

// Stats is what has happened to a log.
type Stats struct {
	Segments  uint64 // segments begun
	Truncated uint64 // bytes known to have been unread when a segment was truncated, and found in no copy
	Damaged   uint64 // archives whose rest could not be read
	Gaps      uint64 // how often content may have been lost, also when nobody can know how much or whether
}

// Stats is what has happened since Open.
func (l *Log) Stats() Stats { return l.stats }

// Behind is how many bytes are there and not read, as far as is known without
// decompressing: of the current segment, of the live file, and of the segments
// between as they were last seen. It asks the file system.
func (l *Log) Behind() int64 {
	if l.cur == nil || l.closed {
		return 0
	}
	behind := l.between
	if l.cur.archive == nil {
		size := l.cur.size()
		l.cur.known = max(l.cur.known, size)
		behind += max(size-l.cur.offset, 0)
	}
	if !l.cur.live && !l.once {
		if info, err := os.Stat(l.path); err == nil {
			behind += info.Size()
		}
	}
	return behind
}

// Missing says that nothing was at the path when Read last looked. What is
// left of the old file is read nevertheless; a new one is found by the next Read.
func (l *Log) Missing() bool { return l.missing }

// Done says that the log was an archive and has been read to its end: nothing will ever follow.
func (l *Log) Done() bool { return l.done }

// Owns says that the file is one that the Log reads or still watches for late lines.
func (l *Log) Owns(f fs.FileInfo) bool {
	if l.cur != nil && os.SameFile(l.cur.info, f) {
		return true
	}
	for _, old := range l.late {
		if os.SameFile(old.seg.info, f) {
			return true
		}
	}
	return false
}

// Descriptors is how many files the Log holds open.
func (l *Log) Descriptors() int {
	switch {
	case l.closed:
		return 0
	case l.cur == nil:
		return len(l.late)
	}
	return 1 + len(l.late)
}

// Path is what Open was given.
func (l *Log) Path() string { return l.path }

// Close gives the descriptors back. Position and Stats still answer.
func (l *Log) Close() error {
	if l.closed {
		return nil
	}
	l.closed = true
	if l.cur != nil {
		l.cur.close()
	}
	for _, old := range l.late {
		old.seg.close()
	}
	return nil
}

// waited says that what is waited for has been for as long as it is worth.
func (l *Log) waited() bool {
	now := l.opt.Now()
	if l.waiting.IsZero() {
		l.waiting = now
	}
	// A clock that was set back must not make the wait longer.
	if now.Before(l.waiting) {
		l.waiting = now
	}
	return now.Sub(l.waiting) >= l.opt.Settle
}
