package procmem

import "slices"

// batchSize is how many structs are read at once: what Linux takes in one call
// (UIO_MAXIOV), and small enough to stay in the processor's cache.
const batchSize = 1024

// scanner reads all structs of one moment. Its buffers serve the next scan too.
type scanner struct {
	im       *image
	mem      Memory
	pointers []uint64
	segments []Segment
	buf      []byte
	gs       []G
	settler  settler
}

// Scan is the tally of one pass over all structs.
type Scan struct {
	// Live and Dead are how many structs of each were given, Unused how many
	// have never been a goroutine.
	Live, Dead, Unused int
	// Failed are structs that failed the checks also when they were read again;
	// Retried are those that passed then.
	Failed, Retried int
}

// scan gives every sound struct, in batches that are good until the next.
func (s *scanner) scan(each func(batch []G) error) (Scan, error) {
	var tally Scan
	pointers, err := s.list()
	if err != nil {
		return tally, err
	}
	for len(pointers) > 0 {
		n := min(len(pointers), batchSize)
		if err := s.read(pointers[:n], &tally); err != nil {
			return tally, err
		}
		pointers = pointers[n:]
		if err := each(s.gs); err != nil {
			return tally, err
		}
	}
	return tally, nil
}

// list reads the addresses of all structs. The list may move while it is read.
func (s *scanner) list() ([]uint64, error) {
	var err error
	for range 3 {
		if s.pointers, err = appendAllgs(s.mem, s.im.allgs, maxGoroutines, s.pointers[:0]); err == nil {
			return s.pointers, nil
		}
	}
	if ended := s.mem.Read(nil); ended != nil {
		return nil, ended
	}
	return nil, err
}

// gap is how many bytes between two structs are read along, rather than as a
// piece of their own.
const gap = 192

// read fills gs with the sound structs of a batch.
func (s *scanner) read(pointers []uint64, tally *Scan) error {
	size := uint64(s.im.layout.G.Size)
	s.segments = s.segments[:0]
	if need := len(pointers) * int(size+gap); cap(s.buf) < need {
		s.buf = make([]byte, need)
	}
	used := 0
	for i := 0; i < len(pointers); {
		// Structs that lie behind each other are read as one piece.
		first, end := pointers[i], pointers[i]+size
		for i++; i < len(pointers) && pointers[i] >= end && pointers[i] <= end+gap; i++ {
			end = pointers[i] + size
		}
		n := int(end - first)
		s.segments = append(s.segments, Segment{Addr: first, Buf: s.buf[used : used+n : used+n]})
		used += n
	}
	if err := s.mem.Read(s.segments); err != nil {
		return err
	}
	s.gs = s.gs[:0]
	at := 0
	for i := range s.segments {
		seg := &s.segments[i]
		for ; at < len(pointers) && pointers[at] >= seg.Addr && pointers[at]+size <= seg.Addr+uint64(len(seg.Buf)); at++ {
			s.gs = append(s.gs, G{Addr: pointers[at]})
			g := &s.gs[len(s.gs)-1]
			if seg.OK && s.im.decode(g, seg.Buf[pointers[at]-seg.Addr:]) {
				continue
			}
			ok, err := s.again(g)
			if err != nil {
				return err
			}
			if !ok {
				tally.Failed++
				s.gs = s.gs[:len(s.gs)-1]
				continue
			}
			tally.Retried++
		}
	}
	if err := s.settle(tally); err != nil {
		return err
	}
	s.gs = slices.DeleteFunc(s.gs, func(g G) bool { return g.Addr == 0 || tally.count(&g) })
	return nil
}

// count adds a sound struct and says whether it has never been a goroutine.
func (t *Scan) count(g *G) bool {
	switch {
	case g.Status == statusIdle || g.Dead() && g.ID == 0:
		t.Unused++
		return true
	case g.Dead():
		t.Dead++
	default:
		t.Live++
	}
	return false
}

// retries is how often a struct is read again that was caught in mid-change.
const retries = 3

func (s *scanner) again(g *G) (bool, error) {
	buf := make([]byte, s.im.layout.G.Size)
	for range retries {
		one := []Segment{{Addr: g.Addr, Buf: buf}}
		if err := s.mem.Read(one); err != nil {
			return false, err
		}
		if one[0].OK && s.im.decode(g, buf) {
			return true, nil
		}
	}
	return false, nil
}
