package procmem

// settler finds structs that were read while the runtime was giving them to a
// new goroutine. It writes (runtime.newproc1) first where the goroutine begins
// to run, then its parent, its go statement and its entry, then its id and at
// last its status; up to Go 1.22 the status before the id. So a dead struct may
// have the id of its last goroutine and the origin of its next.
type settler struct {
	joiner  joiner
	doubts  []doubt
	entries map[uint64]bool // whether a function begins there
}

// doubt is a struct to be looked at again.
type doubt struct {
	of            int // in the scanner's gs
	segment, from int
}

// checkGap is how many bytes between the parts of two structs are read along;
// structs are 400 to 500 bytes.
const checkGap = 512

// settle looks again at all structs that may have been in mid-change. One that
// still is as it was, and is not about to begin, was so all the time between:
// its id belongs to its origin. What fails is read anew, or left out.
func (s *scanner) settle(tally *Scan) error {
	if err := s.lookAgain(); err != nil {
		return err
	}
	for _, d := range s.settler.doubts {
		g := &s.gs[d.of]
		if seg := &s.settler.joiner.segments[d.segment]; seg.OK && s.settled(g, seg.Buf[d.from:]) {
			continue
		}
		ok, err := s.anew(g)
		if err != nil {
			return err
		}
		if ok {
			tally.Retried++
			continue
		}
		tally.Failed++
		g.Addr = 0 // to be left out
	}
	return nil
}

// lookAgain reads the changing parts of the structs in doubt.
func (s *scanner) lookAgain() error {
	t, l := &s.settler, &s.im.layout.G
	size := l.checkSize()
	t.doubts = t.doubts[:0]
	for i := range s.gs {
		if s.doubtful(&s.gs[i]) {
			t.doubts = append(t.doubts, doubt{of: i})
		}
	}
	if need := len(t.doubts) * (size + checkGap); len(t.joiner.buf) < need {
		t.joiner.buf = make([]byte, need)
	}
	t.joiner = joiner{segments: t.joiner.segments[:0], buf: t.joiner.buf, gap: checkGap}
	for i := range t.doubts {
		d := &t.doubts[i]
		d.segment, d.from = t.joiner.add(s.gs[d.of].Addr+uint64(l.SchedSP), size)
	}
	if len(t.doubts) == 0 {
		return nil
	}
	return s.mem.Read(t.joiner.segments)
}

// doubtful structs are those of ended goroutines, and of such as have not run yet.
func (s *scanner) doubtful(g *G) bool {
	return g.Dead() && g.ID != 0 || g.Status == statusRunnable && s.begins(g.PC)
}

// settled says that a struct was not being given away.
func (s *scanner) settled(g *G, behind []byte) bool {
	return s.im.unchanged(g, behind) && !(g.Dead() && s.begins(g.PC))
}

// anew reads a struct until two readings say the same.
func (s *scanner) anew(g *G) (bool, error) {
	for range retries {
		was := *g
		ok, err := s.again(g)
		if err != nil || !ok {
			return false, err
		}
		if !s.doubtful(g) || *g == was && !(g.Dead() && s.begins(g.PC)) {
			return true, nil
		}
	}
	return false, nil
}

// begins says whether a goroutine at pc is at the very beginning of a function:
// one that has ended stands behind a call.
func (s *scanner) begins(pc uint64) bool {
	t := &s.settler
	begins, ok := t.entries[pc]
	if !ok {
		f, found := s.im.funcs.at(pc - s.im.bias)
		begins = found && f.entry == pc-s.im.bias
		if t.entries == nil || len(t.entries) >= maxSymbols {
			t.entries = map[uint64]bool{}
		}
		t.entries[pc] = begins
	}
	return begins
}
