package procmem

// settler finds structs that were read while the runtime was giving them to
// another goroutine. It writes (runtime.newproc1) first where the goroutine
// begins to run, then its parent, its go statement and its entry, then its id
// and at last its status; up to Go 1.22 the status before the id. A struct that
// lies on two pages is read in two parts, and the reader may have to wait for a
// processor between them. So what was read may have the id of one goroutine and
// the origin of the next.
type settler struct {
	joiner  joiner
	doubts  []doubt
	entries map[uint64]bool // whether a function begins there
}

// doubt is a struct that is looked at again.
type doubt struct {
	of            int // in the scanner's gs
	segment, from int
}

// checkGap is how many bytes between the parts of two structs are read along;
// structs are 400 to 500 bytes.
const checkGap = 512

// settle looks again at all structs: one that has its id still, and is not about
// to get another, was one goroutine's all the time between, so its id belongs to
// its origin. What fails is read anew, or left out.
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

// lookAgain reads the changing parts of the structs that have been a goroutine's.
func (s *scanner) lookAgain() error {
	t, l := &s.settler, &s.im.layout.G
	size := l.checkSize()
	t.doubts = t.doubts[:0]
	for i := range s.gs {
		if s.gs[i].ID != 0 {
			t.doubts = append(t.doubts, doubt{of: i})
		}
	}
	if len(t.doubts) == 0 {
		return nil
	}
	if need := len(t.doubts) * (size + checkGap); len(t.joiner.buf) < need {
		t.joiner.buf = make([]byte, need)
	}
	t.joiner = joiner{segments: t.joiner.segments[:0], buf: t.joiner.buf, gap: checkGap}
	for i := range t.doubts {
		d := &t.doubts[i]
		d.segment, d.from = t.joiner.add(s.gs[d.of].Addr+uint64(l.SchedSP), size)
	}
	return s.mem.Read(t.joiner.segments)
}

// settled compares what was read of a struct with what is there behind it.
func (s *scanner) settled(g *G, behind []byte) bool {
	l := &s.im.layout.G
	now := G{Status: half(behind, l.Status-l.SchedSP) &^ statusScanBit, ID: word(behind, l.ID-l.SchedSP), PC: word(behind, l.SchedPC-l.SchedSP)}
	return s.isStill(g, &now)
}

// isStill says that a struct was one goroutine's from one reading to the next.
func (s *scanner) isStill(was, now *G) bool {
	switch {
	case was.ID != now.ID:
		return false
	case now.Dead(): // its id stays until another is given, and its origin does not
		return !s.begins(now.PC)
	}
	return !was.Dead()
}

// anew reads a struct until two readings say the same of who it is.
func (s *scanner) anew(g *G) (bool, error) {
	for range retries {
		was := *g
		ok, err := s.again(g)
		if err != nil || !ok {
			return false, err
		}
		if s.isStill(&was, g) && was.Parent == g.Parent && was.GoPC == g.GoPC && was.StartPC == g.StartPC {
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
