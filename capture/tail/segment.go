package tail

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/cespare/xxhash/v2"
)

// segment is one that is open for reading.
type segment struct {
	file    *os.File
	self    identity // of the file it is read from
	info    os.FileInfo
	id      identity // of the file it was written to; another one for copies and archives
	archive *archive // nil when the file holds the content as it is

	live    bool // the path led to the file when it was last asked
	inPlace bool // its file was truncated, and the next segment goes on with its last line

	number   int // among the segments of the log
	offset   int64
	prefix   xxhash.Digest
	prefixes int // bytes in prefix
	last     [anchorLen]byte
	lasts    int // bytes in last, those before offset
	way      Anchor
	nextWay  Anchor
	begun    int64  // where Read began in it, or went on in it after another one
	known    int64  // the largest size it was seen with, in bytes
	looked   int64  // when it was last written to, as stillLive was asked at its end, in Unix ns
	scratch  []byte // anchorLen bytes, shared by the segments of a Log
}

// errTruncated says that the content of a segment is not what was read of it any more.
var errTruncated = errors.New("truncated")

// open opens the file at path as a segment at its beginning.
func open(path string, scratch []byte) (*segment, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	id, info, err := identify(f)
	if err == nil && !info.Mode().IsRegular() {
		err = &NotAFile{path, kindOf(info.Mode())}
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	s := &segment{file: f, self: id, id: id, info: info, scratch: scratch}
	s.prefix.Reset()
	if isArchive(f) {
		s.archive = &archive{file: f}
	}
	return s, nil
}

func kindOf(m os.FileMode) string {
	switch {
	case m.IsDir():
		return "directory"
	case m&os.ModeNamedPipe != 0:
		return "pipe"
	case m&os.ModeSocket != 0:
		return "socket"
	}
	return "device"
}

func (s *segment) close() {
	if s.archive != nil {
		s.archive.close()
	}
	_ = s.file.Close()
}

// content is where the bytes lie.
func (s *segment) content() io.ReaderAt {
	if s.archive != nil {
		return s.archive
	}
	return s.file
}

// seek goes to offset and learns what lies before it. errTruncated says that the content ends before.
func (s *segment) seek(offset int64) error {
	c := s.content()
	head := make([]byte, prefixLen)
	n, err := c.ReadAt(head, 0)
	if err != nil && err != io.EOF && s.archive == nil { // reading tells what an archive lacks
		return err
	}
	s.prefix.Reset()
	_, _ = s.prefix.Write(head[:n])
	s.prefixes = n
	s.lasts = int(min(offset, anchorLen))
	n, err = c.ReadAt(s.last[:s.lasts], offset-int64(s.lasts))
	if n < s.lasts {
		if err == nil || err == io.EOF {
			err = errTruncated
		}
		return err
	}
	s.offset, s.begun, s.known = offset, offset, max(s.known, offset)
	return nil
}

// read reads what comes next. 0 without an error is the end of what is there.
// Nothing of it counts as read before note.
func (s *segment) read(buf []byte) (int, error) {
	if s.archive != nil && s.archive.ended {
		return 0, nil
	}
	if s.archive != nil {
		n, err := s.archive.ReadAt(buf, s.offset)
		if n > 0 || err == io.EOF {
			err = nil
		}
		return n, err
	}
	before := s.scratch[:s.lasts]
	n, err := readAround(s.file, before, buf, s.offset-int64(s.lasts))
	if err != nil {
		return 0, err
	}
	if n < s.lasts || !bytes.Equal(before, s.last[:s.lasts]) {
		return 0, errTruncated
	}
	return n - s.lasts, nil
}

// note says that b, which lies at the offset, has been read.
func (s *segment) note(b []byte) {
	if s.prefixes < prefixLen && s.offset <= int64(s.prefixes) {
		if known := s.prefixes - int(s.offset); known < len(b) {
			more := b[known:min(len(b), prefixLen-int(s.offset))]
			_, _ = s.prefix.Write(more)
			s.prefixes += len(more)
		}
	}
	if s.way.End == 0 && len(b) >= 4*anchorLen {
		mid := len(b) / 2
		s.way = Anchor{s.offset + int64(mid), of(b[mid-anchorLen : mid])}
	}
	s.offset += int64(len(b))
	s.known = max(s.known, s.offset)
	if len(b) >= anchorLen {
		s.lasts = copy(s.last[:], b[len(b)-anchorLen:])
	} else {
		keep := min(s.lasts, anchorLen-len(b))
		copy(s.last[:keep], s.last[s.lasts-keep:s.lasts])
		s.lasts = keep + copy(s.last[keep:], b)
	}
	// A copy may lack the end of what was read. A waypoint at a quarter of it or
	// behind is in every copy worth the name.
	if s.offset >= 2*s.nextWay.End {
		if s.nextWay.End > 0 {
			s.way = s.nextWay
		}
		s.nextWay = s.anchor()
	}
}

// anchor is the place that reading has come to.
func (s *segment) anchor() Anchor { return Anchor{s.offset, of(s.last[:s.lasts])} }

// mark is the place back bytes before the one that reading has come to.
func (s *segment) mark(back int64) Mark {
	m := Mark{
		Device: s.id.device, Inode: s.id.inode, Born: s.id.born, Number: s.number,
		Offset: max(s.offset-back, 0), Anchor: s.anchor(), Way: s.way,
	}
	if s.prefixes > 0 {
		m.Prefix = Fingerprint{s.prefixes, s.prefix.Sum64()}
	}
	return m
}

// asBefore is the end of the segment, in the file that it was read from.
func (s *segment) asBefore() *Before {
	b := &Before{Mark: s.mark(0)}
	b.Device, b.Inode, b.Born = s.self.device, s.self.inode, s.self.born
	if info, err := s.file.Stat(); err == nil {
		b.Time = info.ModTime().UnixNano()
	}
	return b
}

// given is how much Read gave of the content without a break, in bytes.
func (s *segment) given() int64 { return s.offset - s.begun }

// empty says that nothing of the content is known.
func (s *segment) empty() bool { return s.prefixes == 0 }

// damaged says that the rest of the content was given up.
func (s *segment) damaged() bool { return s.archive != nil && s.archive.ended }

// complete says that what was read ends with a line.
func (s *segment) complete() bool {
	return s.lasts == 0 || s.last[s.lasts-1] == '\n'
}

// end is how long the content is, in bytes, an archive's too.
func (s *segment) end() (int64, error) {
	if s.archive == nil {
		return s.size(), nil
	}
	return s.archive.end()
}

// size is how long the content is, in bytes; of an archive, what has been read of it.
func (s *segment) size() int64 {
	if s.archive != nil {
		return s.offset
	}
	info, err := s.file.Stat()
	if err != nil {
		return s.offset
	}
	return info.Size()
}
