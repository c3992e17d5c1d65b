// Package lineage remembers who created whom in a process that is looked at
// many times a second: the family tree that leads from a goroutine of a
// library, whose stack and creator name only the library, to the function of
// the application that it descends from. It is pure: sightings in, births out.
//
// A goroutine that has ended leaves its struct behind, with its id, its
// parent's id and the go statement that created it, until the struct is used
// again. So a scan sees also many of those that lived for less than the time
// between two scans.
package lineage

import (
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Sighting is what one scan saw of one goroutine. Addresses are of the process.
type Sighting struct {
	ID, Parent uint64 // Parent 0: the runtime created it, or it is not known
	// GoPC is behind the go statement that created it, StartPC where it begins.
	GoPC, StartPC uint64
	Addr          uint64 // of its struct
	Dead          bool   // it has ended
}

// MaxLevels bounds a climb from child to parent.
const MaxLevels = 16

const (
	// DefaultMax is how many goroutines that have ended are remembered, about
	// 100 bytes each; those that live, and their ancestors, are always.
	DefaultMax = 1 << 15
	// maxStacks is how many different stacks of parents are remembered.
	maxStacks = 1 << 10
	// maxRows is how many births a drain gives at most.
	maxRows = 1 << 15
)

// Tracker remembers every goroutine that was seen, in bounded memory. It is for
// one goroutine's use.
type Tracker struct {
	max    int
	scan   uint32
	living int
	all    map[uint64]*person
	fresh  []Fresh
	stacks [][]goroutine.Frame
	known  map[string]int32 // index into stacks, from 1
	swept  uint32           // the scan after which was swept
	loops  loops
}

// person is one goroutine that was seen.
type person struct {
	parent, goPC, startPC, addr uint64
	seen                        uint32 // the newest scan that saw it alive
	stack                       int32  // of its parent soon after its birth; 0 none
	given                       bool   // a drain has given it
	kept                        bool   // an ancestor of one that lives, while it is swept
}

// Fresh is a goroutine that was seen for the first time, while its parent lived.
type Fresh struct {
	ID, GoPC uint64
	// Parent's struct is at ParentAddr.
	Parent, ParentAddr uint64
}

// New makes a tracker that remembers up to most goroutines that have ended; 0 is DefaultMax.
func New(most int) *Tracker {
	if most <= 0 {
		most = DefaultMax
	}
	return &Tracker{max: most, all: map[uint64]*person{}, known: map[string]int32{}, loops: newLoops()}
}

// Begin begins a scan.
func (t *Tracker) Begin() {
	t.scan++
	t.living = 0
	t.fresh = t.fresh[:0]
}

// Saw adds what the scan saw of one goroutine.
func (t *Tracker) Saw(s Sighting) {
	if s.ID == 0 {
		return
	}
	if !s.Dead {
		t.living++
	}
	p, ok := t.all[s.ID]
	if !ok {
		p = &person{parent: s.Parent, goPC: s.GoPC, startPC: s.StartPC}
		t.all[s.ID] = p
		t.fresh = append(t.fresh, Fresh{ID: s.ID, GoPC: s.GoPC, Parent: s.Parent})
	}
	if !s.Dead {
		p.seen, p.addr = t.scan, s.Addr
	}
}

// End ends a scan and gives those seen for the first time whose parents live.
// What it gives is good until the next scan begins. The first scan gives none:
// how long ago those were born is not known.
func (t *Tracker) End() []Fresh {
	rest := t.fresh[:0]
	for _, f := range t.fresh {
		if parent, ok := t.all[f.Parent]; ok && t.scan > 1 && parent.seen == t.scan {
			f.ParentAddr = parent.addr
			rest = append(rest, f)
		}
	}
	t.fresh = rest
	if len(t.all) > t.max+2*t.living && t.scan-t.swept >= sweepEvery {
		t.sweep()
	}
	return t.fresh
}

// sweepEvery is how many scans are between two sweeps, at least, when the
// memory is full of goroutines that cannot go.
const sweepEvery = 20

// sweep forgets goroutines that have ended and have no living descendants, the
// ones seen longest ago first.
func (t *Tracker) sweep() {
	t.swept = t.scan
	var gone []uint64
	for _, p := range t.all {
		if p.seen == t.scan {
			t.keep(p)
		}
	}
	for id, p := range t.all {
		if p.seen != t.scan && !p.kept {
			gone = append(gone, id)
		}
		p.kept = false
	}
	// Ids are given out in order of birth, or nearly: each P takes sixteen at a time.
	slices.Sort(gone)
	for _, id := range gone[:max(0, len(gone)-t.max/2)] {
		delete(t.all, id)
	}
}

func (t *Tracker) keep(p *person) {
	for range MaxLevels {
		parent, ok := t.all[p.parent]
		if !ok || parent.kept {
			return
		}
		parent.kept = true
		p = parent
	}
}

// Caught adds the stack on which the parent of a fresh goroutine was found,
// innermost first.
func (t *Tracker) Caught(id uint64, stack []goroutine.Frame) {
	if p, ok := t.all[id]; ok && len(stack) > 0 {
		p.stack = t.number(stack)
		t.loops.child(p.parent)
	}
}

// number remembers a stack; 0 when there are too many.
func (t *Tracker) number(stack []goroutine.Frame) int32 {
	key := stackKey(stack)
	at, ok := t.known[key]
	if !ok && len(t.stacks) < maxStacks {
		t.stacks = append(t.stacks, slices.Clone(stack))
		at = int32(len(t.stacks))
		t.known[key] = at
	}
	return at
}

// Drain gives the births, in order of id, of all that lived in the newest scan and
// of their ancestors, and the looks; those that were given before are left out.
func (t *Tracker) Drain(symbols Symbols) News {
	var rows []uint64
	for id, p := range t.all {
		if p.seen != t.scan {
			continue
		}
		for range MaxLevels {
			if !p.given {
				p.given = true
				rows = append(rows, id)
			}
			parent, ok := t.all[p.parent]
			if !ok {
				break
			}
			id, p = p.parent, parent
		}
	}
	slices.Sort(rows)
	// The newest are the ones that a growing site is made of.
	left := max(0, len(rows)-maxRows)
	for _, id := range rows[:left] {
		t.all[id].given = false
	}
	births := make([]Birth, 0, len(rows)-left)
	for _, id := range rows[left:] {
		births = append(births, t.birth(id, symbols))
	}
	return News{Births: births, Looks: t.looks(), LeftOut: left}
}

// Symbols names addresses of the process.
type Symbols interface {
	// Created is the go statement in front of a goroutine's gopc.
	Created(goPC uint64) goroutine.Frame
	// Entry is the function that begins at an address.
	Entry(startPC uint64) goroutine.Frame
}

func (t *Tracker) birth(id uint64, symbols Symbols) Birth {
	p := t.all[id]
	b := Birth{ID: id, Parent: p.parent}
	if p.goPC != 0 {
		b.Created = symbols.Created(p.goPC)
	}
	if p.startPC != 0 {
		b.Entry = symbols.Entry(p.startPC)
	}
	if p.stack > 0 {
		b.Stack = t.stacks[p.stack-1]
	}
	return b
}

// Remembered is how many goroutines are remembered now.
func (t *Tracker) Remembered() int { return len(t.all) }
