package faults

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"sync"
)

// Judge says what became of numbered lines. It may be told from any goroutine.
type Judge struct {
	mu      sync.Mutex
	writers map[string]*writer
	mangled []string // the first few
	late    []string // the first few that are reordered
	verdict Verdict
}

type writer struct {
	seen   []uint64 // a bit for each number
	last   uint64   // the largest number so far
	wanted uint64
}

// Verdict is the account of all lines.
type Verdict struct {
	Expected  uint64 // lines that were written
	Arrived   uint64 // lines that arrived, each once
	Lost      uint64
	Doubled   uint64 // arrived once more
	Reordered uint64 // arrived for the first time after a later one of the same writer
	Mangled   uint64 // are not as they were written
	Others    uint64 // are no numbered lines
}

// NewJudge knows of no lines yet.
func NewJudge() *Judge { return &Judge{writers: map[string]*writer{}} }

// Expect says that a writer wrote the lines 1 to n.
func (j *Judge) Expect(name string, n uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.writer(name).wanted = n
}

func (j *Judge) writer(name string) *writer {
	w := j.writers[name]
	if w == nil {
		w = &writer{}
		j.writers[name] = w
	}
	return w
}

// Line takes a line that arrived.
func (j *Judge) Line(text []byte) {
	name, n, whole, ours := ParseLine(text)
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case !ours:
		j.verdict.Others++
		return
	case !whole:
		j.verdict.Mangled++
		if len(j.mangled) < 5 {
			j.mangled = append(j.mangled, fmt.Sprintf("%.90q… (%d bytes)", text, len(text)))
		}
		return
	}
	w := j.writer(name)
	for uint64(len(w.seen)) <= n/64 {
		w.seen = append(w.seen, make([]uint64, max(16, len(w.seen)))...)
	}
	if bit := uint64(1) << (n % 64); w.seen[n/64]&bit != 0 {
		j.verdict.Doubled++
	} else {
		w.seen[n/64] |= bit
		if n < w.last {
			j.verdict.Reordered++
			if len(j.late) < 5 {
				j.late = append(j.late, fmt.Sprintf("%s %d came after %d", name, n, w.last))
			}
		}
	}
	w.last = max(w.last, n)
}

// Verdict is the account so far. A line beyond what a writer is expected to have written counts as mangled.
func (j *Judge) Verdict() Verdict {
	j.mu.Lock()
	defer j.mu.Unlock()
	v := j.verdict
	for _, w := range j.writers {
		var arrived uint64
		for i, word := range w.seen {
			for word != 0 {
				n := uint64(i)*64 + uint64(bits.TrailingZeros64(word))
				word &= word - 1
				if n >= 1 && n <= w.wanted {
					arrived++
				} else {
					v.Mangled++
				}
			}
		}
		v.Expected += w.wanted
		v.Arrived += arrived
		v.Lost += w.wanted - arrived
	}
	return v
}

// Late are the first few lines that are reordered, to look at.
func (j *Judge) Late() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.late)
}

// Missing are the first few ranges of lines that are lost, and the first few mangled lines, to look at.
func (j *Judge) Missing() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(j.writers)) {
		w := j.writers[name]
		for n := uint64(1); n <= w.wanted && len(all) < 20; n++ {
			if w.has(n) {
				continue
			}
			from := n
			for n < w.wanted && !w.has(n+1) {
				n++
			}
			all = append(all, fmt.Sprintf("%s %d–%d", name, from, n))
		}
	}
	return append(all, j.mangled...)
}

func (w *writer) has(n uint64) bool {
	return n/64 < uint64(len(w.seen)) && w.seen[n/64]&(1<<(n%64)) != 0
}
