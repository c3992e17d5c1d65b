package agree

import (
	"github.com/logcap/logcap/analyze/goroutine"
)

// Site is a place where goroutines are created, as exactly as a dump tells.
type Site struct {
	Created goroutine.Frame
	Entry   string // the outermost function
}

// Sites counts the goroutines of each place.
func Sites(rows map[uint64]Row) map[Site]int {
	sites := map[Site]int{}
	for _, r := range rows {
		s := Site{Created: r.Created}
		if n := len(r.Frames); n > 0 {
			s.Entry = r.Frames[n-1].Func
		}
		sites[s]++
	}
	return sites
}

// Steady are the goroutines that two snapshots describe alike: what changed
// between them cannot be compared with a dump that was taken there.
func Steady(before, after map[uint64]Row) map[uint64]Row {
	same := map[uint64]Row{}
	for id, a := range before {
		if b, ok := after[id]; ok && a.State == b.State && text(a.Frames) == text(b.Frames) {
			same[id] = a
		}
	}
	return same
}

// Only are the rows of these ids.
func Only(rows, ids map[uint64]Row) map[uint64]Row {
	some := map[uint64]Row{}
	for id := range ids {
		if r, ok := rows[id]; ok {
			some[id] = r
		}
	}
	return some
}
