package analyze

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
)

// Dump adds a snapshot with ids. A cut one is left out: all that it lost would
// count as dead.
func (b *Builder) Dump(t time.Time, s *goroutine.Snapshot) {
	at := b.at(t)
	b.h.Scrapes["stacks"]++
	if s.Truncated {
		b.Warn("a dump was cut short and is not used")
		return
	}
	groups := s.Groups()
	for i := range groups {
		g := &groups[i]
		series := b.series(g.Key)
		series.Dump = g
		series.Censuses = append(series.Censuses, Census{T: at, Members: b.members(series, g)})
	}
	b.dumps = append(b.dumps, at)
	for _, series := range b.h.Series {
		if len(series.Censuses) < len(b.dumps) {
			series.Censuses = append(series.Censuses, Census{T: at})
		}
	}
	b.thinDumps()
}

// members lists a group's goroutines, sorted by id.
func (b *Builder) members(series *Series, g *goroutine.Group) []Member {
	members := make([]Member, 0, g.Count)
	for _, stack := range g.Stacks {
		place := b.place(series, stack)
		for _, one := range stack.Goroutines {
			members = append(members, Member{ID: one.ID, Parent: one.Parent, Wait: one.Wait, Place: place})
		}
	}
	slices.SortFunc(members, func(x, y Member) int { return cmp.Compare(x.ID, y.ID) })
	return members
}

// place finds or makes the index of a stack among its series' places.
func (b *Builder) place(series *Series, stack *goroutine.Stack) int32 {
	known := b.places[series.Key]
	if known == nil {
		known = map[string]int32{}
		b.places[series.Key] = known
	}
	id := placeID(stack)
	if i, ok := known[id]; ok {
		return i
	}
	i := int32(len(series.Places))
	series.Places = append(series.Places, Place{State: stack.State, Frames: stack.Frames})
	known[id] = i
	return i
}

// placeID is the same for stacks that wait for the same thing at the same place.
func placeID(stack *goroutine.Stack) string {
	var id strings.Builder
	id.WriteString(string(stack.State))
	for _, f := range stack.Frames {
		id.WriteByte(0)
		id.WriteString(f.Func)
		id.WriteByte(0)
		id.WriteString(f.File)
		id.WriteByte(0)
		id.WriteString(strconv.Itoa(f.Line))
	}
	return id.String()
}
