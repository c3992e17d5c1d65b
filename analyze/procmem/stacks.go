package procmem

import "slices"

// stackReader reads and unwinds the stacks of a batch of goroutines.
type stackReader struct {
	mem      Memory
	unwinder *unwinder
	buf      []byte
	segments []Segment
	checks   []byte
	pieces   []piece
	todo     []int // goroutines of the batch
	again    []int
	keys     []uint64
	pieceOf  []int32 // by goroutine of the batch; 0 none, 1 the first
	long     []byte
	threads  []thread // of a core, by stack pointer
}

// piece is where a goroutine's stack lies in what was read.
type piece struct {
	of      int // the goroutine in the batch
	segment int
	from    int // byte in the segment
	n       int
	// check is the segment that holds the struct as it was behind the stack,
	// from the byte checkFrom on.
	check, checkFrom int
}

const (
	// firstRead is how many bytes of a stack are read at first. A goroutine that
	// waits in net/http or a select has 300 to 900 bytes; reading a page, or what
	// there is, costs less than reading the deeper ones twice.
	firstRead = 4096
	// lastRead is how much is read of those that were longer, in bytes.
	lastRead = 64 << 10
	// stackRetries is how often a stack is read again whose goroutine has gone on:
	// one that yields all the time is rarely the same for two looks.
	stackRetries = 12
	// longest is how much is read of the few that are longer still, one by one.
	longest = 1 << 20
	// stackGap is how many bytes between two stacks are read along: the smallest
	// stacks are 2 KiB and lie side by side, and one large piece costs the kernel
	// less than two small ones. It is less than a page, so what lies between two
	// mapped stacks is mapped.
	stackGap = 2048
	// readBudget bounds the bytes read at once; one stack always fits.
	readBudget = 1 << 20
)

// tally of stacks.
type stackTally struct {
	Torn, Deep int
}

// read gives the path of each goroutine for which want says yes; 0 where it has
// none: it is running, or its stack changed each time it was read.
func (r *stackReader) read(batch []G, want func(g *G) bool, paths []int32) (stackTally, error) {
	r.todo = r.todo[:0]
	for i := range batch {
		paths[i] = 0
		switch g := &batch[i]; {
		case g.hasStack() && want(g):
			r.todo = append(r.todo, i)
		case g.Status == statusRunning && len(r.threads) > 0 && want(g):
			paths[i] = r.running(g)
		}
	}
	var tally stackTally
	size := firstRead
	for try := 0; len(r.todo) > 0; try++ {
		r.again = r.again[:0]
		r.sort(batch)
		for rest := r.todo; len(rest) > 0; {
			n, err := r.fetch(batch, rest, size)
			if err != nil {
				return tally, err
			}
			rest = rest[n:]
			r.unwindAll(batch, paths, size, &tally)
		}
		if try == stackRetries {
			tally.Torn += len(r.again)
			break
		}
		r.todo, r.again = r.again, r.todo
		size = lastRead
		if err := r.refresh(batch); err != nil {
			return tally, err
		}
	}
	return tally, nil
}

// sort puts what is to be read in order of address. Numbers that hold address
// and place in the batch sort without a call for each comparison.
func (r *stackReader) sort(batch []G) {
	const places = 1 << 12 // a batch has fewer
	r.keys = r.keys[:0]
	for _, i := range r.todo {
		r.keys = append(r.keys, batch[i].SP>>3*places+uint64(i)) // addresses have up to 52 bits
	}
	slices.Sort(r.keys)
	for n, key := range r.keys {
		r.todo[n] = int(key % places)
	}
}

// hasStack: a goroutine that runs has its stack pointer in a register.
func (g *G) hasStack() bool {
	switch g.Status {
	case statusWaiting, statusRunnable, statusSyscall, statusPreempted, statusLeaked:
		return g.SP != 0
	}
	return false
}

// onStack: a stack pointer outside the stack was caught in mid-change.
func (g *G) onStack() bool { return g.SP >= g.StackLo && g.SP < g.StackHi }

// fetch reads the stacks of the first of the goroutines listed, as many as the
// budget allows and one at least, and says how many. They are in order of
// address, so that what lies side by side is read as one. Stacks that are read
// again are not joined: if one of them is none, the others are read all the same.
func (r *stackReader) fetch(batch []G, list []int, size int) (int, error) {
	if r.buf == nil {
		r.buf = make([]byte, readBudget)
	}
	j := joiner{segments: r.segments[:0], buf: r.buf, gap: stackGap}
	if size > firstRead {
		j.gap = -1
	}
	r.pieces = r.pieces[:0]
	done := 0
	for _, i := range list {
		g := &batch[i]
		if !g.onStack() {
			r.again = append(r.again, i)
			done++
			continue
		}
		n := int(min(g.StackHi-g.SP, uint64(size)))
		if j.used+stackGap+n > len(r.buf) {
			break
		}
		p := piece{of: i, n: n}
		p.segment, p.from = j.add(g.SP, n)
		r.pieces = append(r.pieces, p)
		done++
	}
	r.segments = j.segments
	r.check(batch)
	return done, r.mem.Read(r.segments)
}

// check lists the changing part of each struct behind the stacks: the kernel
// reads in that order, so that a goroutine that is the same there was the same
// when its stack was read. Structs mostly lie side by side in the list's order.
func (r *stackReader) check(batch []G) {
	l := &r.unwinder.im.layout.G
	size := l.checkSize()
	if need := len(r.pieces) * (size + checkGap); len(r.checks) < need {
		r.checks = make([]byte, need)
	}
	r.pieceOf = append(r.pieceOf[:0], make([]int32, len(batch))...)
	for i, p := range r.pieces {
		r.pieceOf[p.of] = int32(i + 1)
	}
	j := joiner{segments: r.segments, buf: r.checks, gap: checkGap, own: len(r.segments)}
	for of, i := range r.pieceOf {
		if i == 0 {
			continue
		}
		p := &r.pieces[i-1]
		p.check, p.checkFrom = j.add(batch[of].Addr+uint64(l.SchedSP), size)
	}
	r.segments = j.segments
}

// unwindAll names the paths of what was fetched and lists what is to be read again.
func (r *stackReader) unwindAll(batch []G, paths []int32, size int, tally *stackTally) {
	for _, p := range r.pieces {
		g := &batch[p.of]
		path, out := int32(0), torn
		if seg := &r.segments[p.segment]; seg.OK && r.same(g, &r.segments[p.check], p.checkFrom) {
			path, out = r.unwinder.unwind(g, seg.Buf[p.from:p.from+p.n])
		}
		if out == short && size == lastRead {
			path, out = r.readLong(g)
		}
		switch {
		case out == whole:
			paths[p.of] = path
		case out == deep, out == short && size == lastRead:
			paths[p.of] = path
			tally.Deep++
		default:
			r.again = append(r.again, p.of)
		}
	}
}

// same says whether a goroutine was the same behind its stack as before: what
// has gone on meanwhile left the stack of another place, and may have left the
// struct to another goroutine.
func (r *stackReader) same(g *G, behind *Segment, from int) bool {
	return behind.OK && r.unwinder.im.unchanged(g, behind.Buf[from:])
}

// readLong unwinds a stack with few calls and large frames.
func (r *stackReader) readLong(g *G) (path int32, out outcome) {
	l := &r.unwinder.im.layout.G
	n, end := int(min(g.StackHi-g.SP, longest)), 0
	if end = n + l.checkSize(); len(r.long) < end {
		r.long = make([]byte, end)
	}
	pair := []Segment{{Addr: g.SP, Buf: r.long[:n:n]}, {Addr: g.Addr + uint64(l.SchedSP), Buf: r.long[n:end:end]}}
	if r.mem.Read(pair) != nil || !pair[0].OK || !r.same(g, &pair[1], 0) {
		return 0, torn
	}
	return r.unwinder.unwind(g, pair[0].Buf)
}

// refresh reads the structs again whose stacks are to be read again: such a
// goroutine may have gone on, and then waits elsewhere, runs, or has ended.
func (r *stackReader) refresh(batch []G) error {
	im := r.unwinder.im
	size := int(im.layout.G.Size)
	rest := r.todo[:0]
	for at := 0; at < len(r.todo); {
		list := r.todo[at:min(len(r.todo), at+len(r.buf)/size)]
		r.segments = r.segments[:0]
		for i, of := range list {
			r.segments = append(r.segments, Segment{Addr: batch[of].Addr, Buf: r.buf[i*size : (i+1)*size : (i+1)*size]})
		}
		if err := r.mem.Read(r.segments); err != nil {
			return err
		}
		for i, of := range list {
			g := batch[of]
			if !r.segments[i].OK || !im.decode(&g, r.segments[i].Buf) || g.ID != batch[of].ID {
				continue
			}
			// Its origin was settled when it was scanned.
			g.Parent, g.GoPC, g.StartPC = batch[of].Parent, batch[of].GoPC, batch[of].StartPC
			if batch[of] = g; g.hasStack() {
				rest = append(rest, of)
			}
		}
		at += len(list)
	}
	r.todo = rest
	return nil
}
