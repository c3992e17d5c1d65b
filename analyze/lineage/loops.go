package lineage

import "github.com/logcap/logcap/analyze/goroutine"

// loops are the goroutines that start others again and again, and where they
// were when they were looked at between the births: what their stacks have in
// common is their loop.
type loops struct {
	children map[uint64]int // caught, by parent
	turn     []uint64       // parents with several children, looked at in turn
	next     int
	seen     map[looked]bool
	fresh    []looked
}

type looked struct {
	id    uint64
	stack int32
}

const (
	// loopChildren is how many children make a parent worth looking at.
	loopChildren = 2
	// maxLoops is how many parents are looked at, maxChildren of how many the
	// children are counted, maxLooks how many different looks are kept.
	maxLoops    = 256
	maxChildren = 1 << 12
	maxLooks    = 1 << 12
)

func newLoops() loops {
	return loops{children: map[uint64]int{}, seen: map[looked]bool{}}
}

func (l *loops) child(parent uint64) {
	if _, known := l.children[parent]; !known && len(l.children) >= maxChildren {
		return
	}
	if l.children[parent]++; l.children[parent] == loopChildren && len(l.turn) < maxLoops {
		l.turn = append(l.turn, parent)
	}
}

// Next is the goroutine to look at in this scan, with the address of its struct;
// false when none is known that lives and starts others again and again.
func (t *Tracker) Next() (id, addr uint64, ok bool) {
	l := &t.loops
	for range l.turn {
		l.next = (l.next + 1) % len(l.turn)
		id := l.turn[l.next]
		if p, known := t.all[id]; known && p.seen == t.scan {
			return id, p.addr, true
		}
	}
	return 0, 0, false
}

// Looked adds the stack on which Next's goroutine was found, innermost first.
func (t *Tracker) Looked(id uint64, stack []goroutine.Frame) {
	if len(stack) == 0 || len(t.loops.seen) >= maxLooks {
		return
	}
	one := looked{id, t.number(stack)}
	if one.stack > 0 && !t.loops.seen[one] {
		t.loops.seen[one] = true
		t.loops.fresh = append(t.loops.fresh, one)
	}
}

// looks gives what was seen since it was asked for last.
func (t *Tracker) looks() []Look {
	var all []Look
	for _, one := range t.loops.fresh {
		all = append(all, Look{ID: one.id, Stack: t.stacks[one.stack-1]})
	}
	t.loops.fresh = nil
	return all
}
