package analyze

import (
	"cmp"
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
)

// family is what traces, scans and dumps tell about who created whom.
type family struct {
	// began is when the process now running began to answer, in seconds since
	// the watch began. Ids of the one before mean nothing: they are given out anew.
	began  float64
	births map[uint64]*birth
	looks  map[uint64][][]goroutine.Frame // where scans found the parents, innermost first
	alive  map[uint64]goroutine.Key       // in the newest dump
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
		births: map[uint64]*birth{},
		looks:  map[uint64][][]goroutine.Frame{},
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
			f.births[b.ID] = tracedBirth(b)
			f.newest[b.Parent] = max(f.newest[b.Parent], timed.T)
		}
	}
	f.addScanned(h)
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

// of lists the known births of a site's goroutines, in order of id. A birth
// whose entry is a launcher's closure has no key of its own: a dump that holds
// the same id tells whose it is.
func (f *family) of(s *Series) []*birth {
	ids := map[uint64]bool{}
	for _, c := range since(s.Censuses, f.began) {
		for _, m := range c.Members {
			ids[m.ID] = true
		}
	}
	var births []*birth
	for id, b := range f.births {
		if ids[id] || b.key == s.Key {
			births = append(births, b)
		}
	}
	slices.SortFunc(births, func(x, y *birth) int { return cmp.Compare(x.id, y.id) })
	return births
}
