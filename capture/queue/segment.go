package queue

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// A segment is a file of entries behind a head of its own: the magic, the
// number of its first record, and their checksum. It is named by that number.
const (
	magic       = "logcap-q" // followed by the version
	version     = 1
	startBytes  = 32
	ending      = ".queue"
	nameDigits  = 20
	mostSegment = 16 << 20 // bytes; a segment takes at least one entry, however large
)

// segment is one file of a queue that is open.
type segment struct {
	first   uint64 // number of its first record
	end     uint64 // number behind its last record
	size    int64  // bytes that are whole
	file    *os.File
	pending int  // entries that are not synced yet
	synced  bool // its name is in the directory for good
	removed bool
}

func segmentName(first uint64) string { return fmt.Sprintf("%0*d%s", nameDigits, first, ending) }

// segmentNumber is the number in a file's name; false when it is no segment's.
func segmentNumber(name string) (uint64, bool) {
	digits, ok := strings.CutSuffix(name, ending)
	if !ok || len(digits) != nameDigits {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	return n, err == nil
}

// segmentsIn are the numbers of the segments in a directory, in their order.
func segmentsIn(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var all []uint64
	for _, e := range entries {
		if n, ok := segmentNumber(e.Name()); ok {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, nil
}

// appendStart is the head of a segment.
func appendStart(dst []byte, first uint64) []byte {
	at := len(dst)
	dst = append(dst, magic...)
	dst = binary.LittleEndian.AppendUint64(dst, version)
	dst = binary.LittleEndian.AppendUint64(dst, first)
	return binary.LittleEndian.AppendUint64(dst, xxhash.Sum64(dst[at:]))
}

// checkStart says what is wrong with the head of a segment; newer says that it is whole, and of a version that is not known here.
func checkStart(data []byte, first uint64) (newer bool, err error) {
	switch {
	case len(data) < startBytes:
		return false, errors.New("it ends within its head")
	case string(data[:8]) != magic:
		return false, errors.New("it does not begin as a segment of a queue does")
	case binary.LittleEndian.Uint64(data[24:]) != xxhash.Sum64(data[:24]):
		return false, errors.New("the checksum of its head does not match")
	case binary.LittleEndian.Uint64(data[8:]) != version:
		return true, fmt.Errorf("it has version %d, and this logcap reads %d", binary.LittleEndian.Uint64(data[8:]), version)
	case binary.LittleEndian.Uint64(data[16:]) != first:
		return false, fmt.Errorf("it begins with record %d, and its name says %d", binary.LittleEndian.Uint64(data[16:]), first)
	}
	return false, nil
}

// part is a piece of a segment as walk finds it.
type part struct {
	at    int64
	bytes int64
	head  head
	fault error // nil: a whole entry
	known bool  // head is right, so it is known which records are damaged
	tail  bool  // nothing whole comes behind it
}

// walk visits the parts of a segment behind its head, in their order.
func walk(data []byte, segment uint64, visit func(part)) {
	for at := min(startBytes, len(data)); at < len(data); {
		p := partAt(data, at, segment)
		if p.fault != nil && !p.known {
			p.bytes = int64(nextHead(data[at+1:], segment)) + 1
			p.tail = int64(at)+p.bytes >= int64(len(data))
		}
		visit(p)
		at += int(p.bytes)
	}
}

// partAt is what begins at a byte of a segment; its length is not known when its head is not.
func partAt(data []byte, at int, segment uint64) part {
	p := part{at: int64(at)}
	rest := data[at:]
	h, ok := parseHead(rest, segment)
	switch {
	case !ok:
		p.fault = errors.New("there is no entry")
	case h.bytes() > int64(len(rest)):
		p.fault = errors.New("it is not whole")
	default:
		p.head, p.bytes, p.known = h, h.bytes(), true
		if xxhash.Sum64(rest[headBytes:h.bytes()]) != h.sum {
			p.fault = errors.New("its checksum does not match")
			p.tail = p.bytes == int64(len(rest))
		}
	}
	return p
}

// nextHead is where the next head begins in data; its length when there is none.
func nextHead(data []byte, segment uint64) int {
	var sign [4]byte
	binary.LittleEndian.PutUint32(sign[:], mark)
	for at := 0; ; at++ {
		i := bytes.Index(data[at:], sign[:])
		if i < 0 {
			return len(data)
		}
		at += i
		if _, ok := parseHead(data[at:], segment); ok {
			return at
		}
	}
}

// lastSegment reads the segment at the end of a queue: the number behind its last record, and how many of its bytes
// are worth keeping. An entry that is whole but damaged is kept: reading it counts what is lost.
func lastSegment(dir string, first uint64) (end uint64, keep int64, size int64, err error) {
	path := filepath.Join(dir, segmentName(first))
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, 0, err
	}
	newer, wrong := checkStart(data, first)
	if newer {
		return 0, 0, 0, &foreign{path, wrong}
	}
	end = first
	walk(data, first, func(p part) {
		if p.known && p.head.first >= end {
			end, keep = p.head.end(), p.at+p.bytes
		}
	})
	if wrong != nil && keep == 0 && len(data) >= startBytes && !blank(data) {
		return 0, 0, 0, &foreign{path, wrong}
	}
	return end, keep, int64(len(data)), nil
}

// blank says that data holds nothing but zeros, as a file that was never synced may after a power cut.
func blank(data []byte) bool {
	return len(bytes.TrimLeft(data, "\x00")) == 0
}

// readable says whether a segment is of a version that can be read. What else is wrong with it is found when it is read.
func readable(path string, first uint64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	start := make([]byte, startBytes)
	if _, err := io.ReadFull(f, start); err != nil {
		return nil // it is shorter than its head
	}
	if newer, err := checkStart(start, first); newer {
		return &foreign{path, err}
	}
	return nil
}
