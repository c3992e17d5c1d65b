package analyze

import (
	"cmp"
	"slices"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
)

// maxLevels bounds a climb from child to parent: deeper trees are told from the
// nearest user frame anyway.
const maxLevels = 16

// family is what traces and dumps tell about who created whom.
type family struct {
	// began is when the process now running began to answer, in seconds since
	// the watch began. Ids of the one before mean nothing: they are given out anew.
	began  float64
	births map[uint64]*exectrace.Birth
	alive  map[uint64]goroutine.Key // in the newest dump
	series map[goroutine.Key]*Series
	// newest is when each goroutine was last known to have started another,
	// in seconds since the watch began: proof that it ran.
	newest map[uint64]float64
	// children is how many goroutines in the newest dump each one started;
	// parents are those that any dump showed with a child.
	children map[uint64]int
	parents  map[uint64]bool
}

func newFamily(h *History) *family {
	f := &family{
		began:  h.lastRestart(),
		births: map[uint64]*exectrace.Birth{},
		alive:  map[uint64]goroutine.Key{},
		series: h.Series,
		newest: map[uint64]float64{},

		children: map[uint64]int{},
		parents:  map[uint64]bool{},
	}
	for _, timed := range h.Traces {
		if timed.T < f.began {
			continue
		}
		for i := range timed.Trace.Births {
			b := &timed.Trace.Births[i]
			f.births[b.ID] = b
			f.newest[b.Parent] = max(f.newest[b.Parent], timed.T)
		}
	}
	for key, s := range h.Series {
		censuses := since(s.Censuses, f.began)
		f.addStarts(censuses)
		if n := len(censuses); n > 0 {
			for _, m := range censuses[n-1].Members {
				if other, twice := f.alive[m.ID]; !twice || key < other { // a log of two processes holds ids twice
					f.alive[m.ID] = key
				}
				f.children[m.Parent]++
			}
		}
	}
	return f
}

// addStarts notes for every parent when the youngest of its children in this
// site first showed: it was started after the dump before that.
func (f *family) addStarts(censuses []Census) {
	for i, c := range censuses {
		for _, m := range c.Members {
			f.parents[m.Parent] = true
			if i == 0 {
				continue
			}
			if _, old := find(censuses[i-1].Members, m.ID); !old {
				f.newest[m.Parent] = max(f.newest[m.Parent], censuses[i-1].T)
			}
		}
	}
}

// lastStart is when the goroutine was last known to have started another; 0 when never.
func (f *family) lastStart(id uint64) float64 { return f.newest[id] }

// of lists the traced births of a site's goroutines, in order of id. A birth
// whose entry is a launcher's closure has no key of its own: a dump that holds
// the same id tells whose it is.
func (f *family) of(s *Series) []*exectrace.Birth {
	ids := map[uint64]bool{}
	for _, c := range since(s.Censuses, f.began) {
		for _, m := range c.Members {
			ids[m.ID] = true
		}
	}
	var births []*exectrace.Birth
	for id, b := range f.births {
		if ids[id] || b.Key == s.Key {
			births = append(births, b)
		}
	}
	slices.SortFunc(births, func(x, y *exectrace.Birth) int { return cmp.Compare(x.ID, y.ID) })
	return births
}

// launch is the go statement of a birth, or the launcher's call in the code
// that called the launcher.
func launch(b *exectrace.Birth) (goroutine.Frame, bool) {
	for _, f := range b.Creator {
		if !goroutine.IsLauncher(f.Func) {
			return f, true
		}
	}
	return goroutine.Frame{}, false
}

// descent is one goroutine's way up to the target's own code.
type descent struct {
	steps []Position // go statements from the goroutine upwards, then the user's frames
	ids   []uint64   // the goroutine in which each step ran
	user  Position   // the innermost frame of the target's own code
	found bool
}

// descend climbs from a birth through its parents' births until a stack holds
// a frame of the target's own code, outside the package of a handle.
func (f *family) descend(b *exectrace.Birth, handle string) descent {
	var d descent
	for range maxLevels {
		if frame, ok := launch(b); ok {
			d.add(position(frame), b.Parent)
		}
		if user, ok := userFrame(b.Creator, handle); ok {
			d.user, d.found = position(user), true
			for _, frame := range b.Creator {
				if ownerOf(frame) == ownUser {
					d.add(position(frame), b.Parent)
				}
			}
			return d
		}
		parent, ok := f.births[b.Parent]
		if !ok {
			return d
		}
		b = parent
	}
	return d
}

func (d *descent) add(p Position, id uint64) {
	if n := len(d.steps); n > 0 && d.steps[n-1] == p {
		return
	}
	d.steps = append(d.steps, p)
	d.ids = append(d.ids, id)
}

// lineage is the way up that most of the known goroutines share, with how many
// of how many, and the user frames they end in, most frequent first.
func (f *family) lineage(births []*exectrace.Birth, handle string) ([]Ancestor, []Candidate) {
	type way struct {
		descent
		n int
	}
	ways := map[Position]*way{}
	known := 0
	for _, b := range births {
		d := f.descend(b, handle)
		if !d.found {
			continue
		}
		known++
		if w := ways[d.user]; w != nil {
			w.n++
			continue
		}
		ways[d.user] = &way{descent: d, n: 1}
	}
	if known == 0 {
		return nil, nil
	}
	ranked := make([]*way, 0, len(ways))
	for _, w := range ways {
		ranked = append(ranked, w)
	}
	slices.SortFunc(ranked, func(x, y *way) int {
		return cmp.Or(cmp.Compare(y.n, x.n), comparePositions(x.user, y.user))
	})
	best := ranked[0]
	ancestors := make([]Ancestor, len(best.steps))
	for i, p := range best.steps {
		_, alive := f.alive[best.ids[i]]
		ancestors[i] = Ancestor{Position: p, Alive: alive, Seen: best.n, Of: known}
	}
	candidates := make([]Candidate, len(ranked))
	for i, w := range ranked {
		candidates[i] = Candidate{Position: w.user, Score: float64(w.n) / float64(known),
			Why: count(w.n, "of ") + count(known, " traced creations descend from here")}
	}
	return ancestors, candidates
}

func position(f goroutine.Frame) Position { return Position{Func: f.Func, File: f.File, Line: f.Line} }

func comparePositions(x, y Position) int {
	return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Func, y.Func))
}
