package analyze

import (
	"cmp"
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
)

// resolve finds the go statement of a series, best source first: the dump's
// created-by, the traced call of a launcher in user code, the proto's start
// line of a closure, which tells where it is written and, unless it was handed
// to somebody else, where it is started, and last the entry itself, which is not exact.
func resolve(s *Series, births []*birth) (goroutine.Site, []Creator) {
	site := goroutine.Site{Entry: string(s.Key)}
	switch {
	case s.Proto != nil:
		site = s.Proto.Site
	case s.Dump != nil:
		site = s.Dump.Site
	}
	creators := dumpCreators(s.Dump)
	if len(creators) == 0 {
		creators = tracedCreators(births)
	}
	if len(creators) > 0 {
		site.Func, site.File, site.Line = creators[0].Func, creators[0].File, creators[0].Line
		site.Exact = true
	}
	site.Package = goroutine.PackageOf(site.Func)
	if len(creators) < 2 {
		creators = nil
	}
	return site, creators
}

// dumpCreators are the go statements that a dump names, without the launchers'
// own, most goroutines first.
func dumpCreators(g *goroutine.Group) []Creator {
	if g == nil {
		return nil
	}
	counts := map[Position]int{}
	for frame, n := range g.Creators {
		if frame.Func != "" && !goroutine.IsLauncher(frame.Func) {
			counts[position(frame)] += n
		}
	}
	return rankCreators(counts)
}

// tracedCreators are the go statements and launcher calls that traces saw.
func tracedCreators(births []*birth) []Creator {
	counts := map[Position]int{}
	for _, b := range births {
		if frame, ok := b.launch(); ok {
			counts[position(frame)]++
		}
	}
	return rankCreators(counts)
}

func rankCreators(counts map[Position]int) []Creator {
	creators := make([]Creator, 0, len(counts))
	for p, n := range counts {
		creators = append(creators, Creator{Position: p, Count: n})
	}
	slices.SortFunc(creators, func(x, y Creator) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), comparePositions(x.Position, y.Position))
	})
	return creators
}
