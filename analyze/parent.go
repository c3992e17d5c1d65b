package analyze

import "fmt"

// livingParent says where the goroutine is now that started most of a site's
// goroutines, when it still lives. It may have left the function that did so
// long ago, but it is one of few goroutines to ask about. Nil when it is gone or unknown.
func (f *family) livingParent(s *suspect) []Evidence {
	if len(s.censuses) == 0 {
		return nil
	}
	members := s.censuses[len(s.censuses)-1].Members
	counts := map[uint64]int{}
	for _, m := range members {
		counts[m.Parent]++
	}
	var parent uint64
	for id, n := range counts {
		if id != 0 && (n > counts[parent] || n == counts[parent] && id < parent) {
			parent = id
		}
	}
	series := f.series[f.alive[parent]]
	if series == nil || len(series.Censuses) == 0 {
		return nil
	}
	m, ok := find(series.Censuses[len(series.Censuses)-1].Members, parent)
	if !ok {
		return nil
	}
	at, ok := userFrame(series.Places[m.Place].Frames, "")
	if !ok {
		return nil
	}
	return []Evidence{{Kind: Measured, File: at.File, Line: at.Line,
		Text: fmt.Sprintf("%d of %d were started by goroutine %d, which still lives and is now in %s", counts[parent], len(members), parent, at.Func)}}
}
