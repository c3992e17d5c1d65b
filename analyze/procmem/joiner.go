package procmem

// joiner lays pieces of memory into segments. Pieces come in order of address,
// and those that lie close together become one segment, which costs the kernel
// less than several.
type joiner struct {
	segments []Segment
	// buf is what the segments lie in, of which the first used bytes are taken.
	buf  []byte
	used int
	// gap is how many bytes between two pieces are read along; below zero pieces
	// are never joined.
	gap int
	own int // segments from this one on are the joiner's
}

// add takes n bytes at addr, for which buf must have room with the gap, and says
// in which segment and from which byte on they will be.
func (j *joiner) add(addr uint64, n int) (segment, from int) {
	if last := len(j.segments) - 1; last >= j.own && j.gap >= 0 {
		s := &j.segments[last]
		if d := addr - s.Addr; d <= uint64(len(s.Buf)+j.gap) {
			first := j.used - len(s.Buf)
			j.used = max(j.used, first+int(d)+n)
			s.Buf = j.buf[first:j.used:j.used]
			return last, int(d)
		}
	}
	end := j.used + n
	j.segments = append(j.segments, Segment{Addr: addr, Buf: j.buf[j.used:end:end]})
	j.used = end
	return len(j.segments) - 1, 0
}
