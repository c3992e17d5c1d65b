package tail

import (
	"bytes"
	"io"
)

// lastLines is where the last n lines of the first size bytes of a file begin, and
// how many there are from there on: fewer than n where it has no more. The line
// that has no end yet is one too; 0 lines begin where it begins.
func lastLines(s *segment, size int64, n int) (offset int64, lines int, err error) {
	const block = 64 << 10
	buf := make([]byte, block)
	end, found := size, 0
	for end > 0 {
		begin := max(end-block, 0)
		b := buf[:end-begin]
		if k, err := s.file.ReadAt(b, begin); err != nil && err != io.EOF {
			return 0, 0, err
		} else if k < len(b) {
			return 0, 0, nil // truncated meanwhile: all of it is new
		}
		for i := bytes.LastIndexByte(b, '\n'); i >= 0; i = bytes.LastIndexByte(b[:i], '\n') {
			at := begin + int64(i) + 1
			if at < size-1 || wide(s, at) < size { // the last newline begins no line
				found++
			}
			if found >= n {
				return wide(s, at), found, nil
			}
		}
		end = begin
	}
	if size > 0 {
		found++
	}
	return 0, found, nil
}

// wide is at, or one byte later in UTF-16 LE, where a newline has a second byte.
func wide(s *segment, at int64) int64 {
	var head [2]byte
	if n, _ := s.content().ReadAt(head[:], 0); n == 2 && head == [2]byte{0xff, 0xfe} {
		return at + at%2
	}
	return at
}

// lastPacked is lastLines of an archive: it is decompressed to count its lines, and again to find the one.
func lastPacked(s *segment, n int) (offset int64, lines int) {
	lines, _ = packedLines(s, -1)
	if lines <= n {
		return 0, lines
	}
	_, offset = packedLines(s, lines-n)
	return wide(s, offset), n
}

// packedLines is how many lines an archive has, and where the one after the
// first skip of them begins; skip -1 counts all. What cannot be read has none: reading will tell.
func packedLines(s *segment, skip int) (lines int, offset int64) {
	buf := make([]byte, 64<<10)
	begun := int64(0) // where the line that is looked at begins
	for at := int64(0); ; {
		n, err := s.archive.ReadAt(buf, at)
		for i := 0; i < n; {
			k := bytes.IndexByte(buf[i:n], '\n')
			if k < 0 {
				break
			}
			i += k + 1
			begun = at + int64(i)
			if lines++; lines == skip {
				return lines, begun
			}
		}
		at += int64(n)
		if err != nil {
			if wide(s, begun) < at {
				lines++ // without its end yet
			}
			return lines, at
		}
	}
}
