package procmem

// stackReader reads and unwinds the stacks of a batch of goroutines.
type stackReader struct {
	mem      Memory
	unwinder *unwinder
	buf      []byte
	segments []Segment
	of       []int // the goroutine in the batch that a segment is of
	again    []int
	long     []byte
}

const (
	// firstRead is how many bytes of a stack are read at first. A goroutine that
	// waits in net/http or a select has 300 to 900 bytes.
	firstRead = 768
	// lastRead is how much is read of those that were longer, in bytes.
	lastRead = 64 << 10
	// longest is how much is read of the few that are longer still, one by one.
	longest = 1 << 20
	// structSize is more than any runtime.g up to the fields that are used.
	structSize = 512
)

// tally of stacks.
type stackTally struct {
	Torn, Deep int
}

// read gives the path of each goroutine for which want says yes; 0 where it has
// none: it is running, or its stack changed each time it was read.
func (r *stackReader) read(batch []G, want func(g *G) bool, paths []int32) (stackTally, error) {
	r.again = r.again[:0]
	for i := range batch {
		paths[i] = 0
		if batch[i].hasStack() && want(&batch[i]) {
			r.again = append(r.again, i)
		}
	}
	var tally stackTally
	size := firstRead
	for try := 0; len(r.again) > 0; try++ {
		if err := r.fetch(batch, size); err != nil {
			return tally, err
		}
		r.again = r.again[:0]
		for i, at := range r.of {
			path, out := r.unwindChecked(&batch[at], r.segments[2*i:2*i+2])
			if out == short && size == lastRead {
				path, out = r.readLong(&batch[at])
			}
			switch {
			case out == whole:
				paths[at] = path
			case out == deep, out == short && size == lastRead:
				paths[at] = path
				tally.Deep++
			case try < retries:
				r.again = append(r.again, at)
			default:
				tally.Torn++
			}
		}
		if size = lastRead; len(r.again) > 0 {
			if err := r.refresh(batch); err != nil {
				return tally, err
			}
		}
	}
	return tally, nil
}

// hasStack: a goroutine that runs has its stack pointer in a register.
func (g *G) hasStack() bool {
	switch g.Status {
	case statusWaiting, statusRunnable, statusSyscall, statusPreempted, statusLeaked:
		return g.SP != 0
	}
	return false
}

// unwindChecked believes a stack only if its goroutine was the same behind it as
// before: what has gone on meanwhile left the stack of another place, and may
// have left the struct to another goroutine.
func (r *stackReader) unwindChecked(g *G, read []Segment) (path int32, out outcome) {
	if !read[0].OK || !read[1].OK || !r.unwinder.im.unchanged(g, read[1].Buf) {
		return 0, torn
	}
	return r.unwinder.unwind(g, read[0].Buf)
}

// fetch reads stacks, and behind each the struct again. The kernel reads in that order.
func (r *stackReader) fetch(batch []G, size int) error {
	check := r.unwinder.im.layout.G.checkSize()
	if need := len(r.again) * (firstRead + check); size == firstRead && cap(r.buf) < need {
		r.buf = make([]byte, need)
	}
	r.segments, r.of = r.segments[:0], r.of[:0]
	used := 0
	for _, i := range r.again {
		g := &batch[i]
		n := 0 // a stack pointer outside the stack is caught in mid-change, and unwinds to nothing
		if g.SP >= g.StackLo && g.SP < g.StackHi {
			n = int(min(g.StackHi-g.SP, uint64(size)))
		}
		var b []byte
		if size == firstRead {
			b = r.buf[used : used+n+check]
			used += n + check
		} else {
			b = make([]byte, n+check)
		}
		pair := r.pair(g, b, n)
		r.segments = append(r.segments, pair[:]...)
		r.of = append(r.of, i)
	}
	return r.mem.Read(r.segments)
}

// readLong unwinds a stack with few calls and large frames.
func (r *stackReader) readLong(g *G) (path int32, out outcome) {
	n := int(min(g.StackHi-g.SP, longest))
	if need := n + r.unwinder.im.layout.G.checkSize(); len(r.long) < need {
		r.long = make([]byte, need)
	}
	pair := r.pair(g, r.long, n)
	if r.mem.Read(pair[:]) != nil {
		return 0, torn
	}
	return r.unwindChecked(g, pair[:])
}

// pair is n bytes of a stack, and what is read behind it to see that it did not change.
func (r *stackReader) pair(g *G, buf []byte, n int) [2]Segment {
	l := &r.unwinder.im.layout.G
	end := n + l.checkSize()
	return [2]Segment{{Addr: g.SP, Buf: buf[:n:n]}, {Addr: g.Addr + uint64(l.SchedSP), Buf: buf[n:end:end]}}
}

// refresh reads the structs again whose stacks are to be read again: it may
// have gone on, and then waits elsewhere.
func (r *stackReader) refresh(batch []G) error {
	im := r.unwinder.im
	rest := r.again[:0]
	for _, i := range r.again {
		g := batch[i]
		buf := make([]byte, im.layout.G.Size)
		one := []Segment{{Addr: g.Addr, Buf: buf}}
		if err := r.mem.Read(one); err != nil {
			return err
		}
		if one[0].OK && im.decode(&g, buf) && g.ID == batch[i].ID && g.hasStack() {
			batch[i] = g
			rest = append(rest, i)
		}
	}
	r.again = rest
	return nil
}
