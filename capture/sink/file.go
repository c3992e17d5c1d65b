package sink

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// File writes records to files: JSON lines that stand alone, or their messages alone.
//
// A Write is taken whole or not at all: when one of its files cannot be
// written, all that it wrote is cut off again, so that writing the same once
// more makes neither a torn nor a doubled line. A file belongs to one
// collector, which locks it where the system can.
type File struct {
	opts    FileOptions
	path    *template
	encoder Encoder
	paths   map[runKey]string  // what templates gave lately
	queued  []queued           // what this Write has for each file, in the order of their first record
	index   map[string]int     // of a path in queued
	open    map[string]*output // by the path below the root
	touched []touch
	begun   map[string]bool // paths whose rotated files have been looked at
	clock   uint64          // counts uses of outputs
	root    *os.Root
	tidy    *tidy

	mu    sync.Mutex
	known []known
}

// queued is the lines of one Write for one file.
type queued struct {
	path  string
	lines []byte
}

// runKey is what the path of a record depends on.
type runKey struct {
	origin *record.Origin
	stream record.Stream
	day    int64
}

// touch is what a Write began to change.
type touch struct {
	out  *output
	size int64 // before
}

// mostPaths is how many paths are remembered before they are made anew.
const mostPaths = 4096

// NewFile makes the sink and its folder. A path without placeholders is
// opened too, so that a mistake shows at once.
func NewFile(o FileOptions) (*File, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxOpen <= 0 {
		o.MaxOpen = defaultOpen
	}
	path, err := newTemplate(o.Path)
	if err != nil {
		return nil, err
	}
	if path.literal { // a link that somebody made on purpose: rotated files lie beside what it points to
		if real, err := filepath.EvalSymlinks(o.Path); err == nil && real != o.Path {
			if path, err = newTemplate(real); err != nil {
				return nil, err
			}
		}
	}
	s := &File{opts: o, path: path, paths: map[runKey]string{}, index: map[string]int{}, open: map[string]*output{}, begun: map[string]bool{}}
	s.tidy = &tidy{sink: s}
	if err := s.openRoot(); err != nil {
		return nil, err
	}
	if path.literal {
		if _, err := s.output(path.parts[0].text); err != nil {
			_ = s.Close() // nothing was written
			return nil, err
		}
	}
	return s, nil
}

// Write appends the batches' records to their files, with one write(2) a file.
func (s *File) Write(ctx context.Context, batches []*record.Batch) error {
	s.encode(batches)
	s.touched = s.touched[:0]
	err := s.write(ctx)
	if err == nil && s.opts.Sync {
		err = s.sync()
	}
	if err != nil {
		return both(err, s.takeBack())
	}
	return nil
}

// encode sorts the records into files.
func (s *File) encode(batches []*record.Batch) {
	used, held := 0, 0
	for i, q := range s.queued[:cap(s.queued)] {
		held += cap(q.lines)
		if i < len(s.queued) {
			used += len(q.lines)
		}
	}
	if s.queued = s.queued[:0]; held > keep && used < held/4 {
		s.queued = nil // as again does
	}
	clear(s.index)
	for _, b := range batches {
		for from := 0; from < len(b.Records); {
			path, to := s.run(b, from)
			q := s.queue(path)
			if s.opts.Format == "text" {
				q.lines = appendTexts(q.lines, b, from, to)
			} else {
				q.lines = s.encoder.AppendLines(q.lines, b, from, to)
			}
			from = to
		}
	}
}

// queue is what there is for the file at path so far. Buffers of the Write before are used again.
func (s *File) queue(path string) *queued {
	i, ok := s.index[path]
	if !ok {
		if i = len(s.queued); i < cap(s.queued) {
			s.queued = s.queued[:i+1]
		} else {
			s.queued = append(s.queued, queued{})
		}
		s.queued[i].path, s.queued[i].lines = path, s.queued[i].lines[:0]
		s.index[path] = i
	}
	return &s.queued[i]
}

// run is the path of record `from` of b, and the index behind the last of those that follow it there.
func (s *File) run(b *record.Batch, from int) (path string, to int) {
	const day = 24 * int64(time.Hour)
	first := &b.Records[from]
	key := runKey{origin: b.Origin}
	to = len(b.Records)
	if s.path.streams || s.path.dated {
		key.stream = first.Stream
		if s.path.dated {
			key.day = (first.Time - ((first.Time%day)+day)%day) / day
		}
		for to = from + 1; to < len(b.Records); to++ {
			r := &b.Records[to]
			if since := r.Time - key.day*day; r.Stream != first.Stream || s.path.dated && (since < 0 || since >= day) {
				break
			}
		}
	}
	path, ok := s.paths[key]
	if !ok {
		if len(s.paths) >= mostPaths {
			clear(s.paths)
		}
		path = s.path.path(b.Origin, first.Stream, first.Time)
		s.paths[key] = path
	}
	return path, to
}

func appendTexts(dst []byte, b *record.Batch, from, to int) []byte {
	for i := from; i < to; i++ {
		dst = append(dst, b.Message(i)...)
		dst = append(dst, '\n')
	}
	return dst
}

// write appends what is queued to the files.
func (s *File) write(ctx context.Context) error {
	for _, q := range s.queued {
		if err := ctx.Err(); err != nil {
			return err
		}
		out, err := s.ready(q.path, int64(len(q.lines)))
		if err != nil {
			return err
		}
		n, err := out.file.Write(q.lines)
		out.size += int64(n)
		if err != nil {
			return s.failed("write to", q.path, err)
		}
	}
	return nil
}

// sync makes sure that what this Write wrote is on the disk.
func (s *File) sync() error {
	for _, t := range s.touched {
		if t.out.file == nil {
			continue // synced when it was closed
		}
		if err := t.out.file.Sync(); err != nil {
			return s.failed("sync", t.out.path, err)
		}
	}
	return nil
}

// takeBack cuts off what this Write wrote, the last first.
func (s *File) takeBack() error {
	var all error
	for _, t := range slices.Backward(s.touched) {
		if err := s.cut(t.out, t.size); err != nil {
			t.out.torn, t.out.size = true, t.size
			all = both(all, s.failed("cut the unfinished lines off", t.out.path, err))
		}
	}
	return all
}

// Replaced is how many records had bytes that are not UTF-8, which became U+FFFD in JSON lines; from any goroutine.
func (s *File) Replaced() uint64 { return s.encoder.Replaced() }

// Limits are up to 1 MiB at once, but not more than a quarter of a file; with
// sync so many that the disk is asked twice a second at most.
func (s *File) Limits() Limits {
	l := Limits{Bytes: 1 << 20}
	if s.opts.Rotate > 0 {
		l.Bytes = int(max(1, min(int64(l.Bytes), s.opts.Rotate/4)))
	}
	if s.opts.Sync {
		l.Linger = 500 * time.Millisecond
	}
	return l
}

// Close closes the files. A rotated file that is being compressed stays as it
// was; the next start compresses it. The error also tells why rotated files could not be compressed or removed.
func (s *File) Close() error {
	all := s.tidy.close()
	for _, out := range s.open {
		all = both(all, s.shut(out))
	}
	if s.root != nil {
		all = both(all, s.root.Close())
		s.root = nil
	}
	return all
}
