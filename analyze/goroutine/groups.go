package goroutine

import (
	"cmp"
	"slices"
)

// Groups gathers the snapshot's stacks by Key, the most goroutines first and
// equal counts by Key, so that the same snapshot always gives the same order.
func (s *Snapshot) Groups() []Group {
	byKey := map[Key]int{}
	var groups []Group
	for i := range s.Stacks {
		st := &s.Stacks[i]
		key := st.Key()
		at, ok := byKey[key]
		if !ok {
			at = len(groups)
			byKey[key] = at
			groups = append(groups, Group{Key: key, States: map[State]int{}})
		}
		groups[at].add(st)
	}
	for i := range groups {
		groups[i].settle()
	}
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key))
	})
	return groups
}

func (g *Group) add(st *Stack) {
	g.Count += st.Count
	g.States[st.State] += st.Count
	g.Stacks = append(g.Stacks, st)
	for _, one := range st.Goroutines {
		g.Oldest = max(g.Oldest, one.Wait)
	}
	if st.Created.Func == "" {
		return
	}
	if g.Creators == nil {
		g.Creators = map[Frame]int{}
	}
	g.Creators[st.Created] += st.Count
}

// settle orders the stacks and takes site and launcher from the largest stack
// that knows the go statement, else from the largest.
func (g *Group) settle() {
	slices.SortStableFunc(g.Stacks, func(a, b *Stack) int { return cmp.Compare(b.Count, a.Count) })
	g.Launcher = g.Stacks[0].Launcher()
	g.Site = g.Stacks[0].Site()
	for _, st := range g.Stacks[1:] {
		if g.Site.Exact {
			return
		}
		if site := st.Site(); site.Exact {
			g.Site = site
		}
	}
}

// Dominant is the state most goroutines are in; ties go to the lesser name, so
// that the same input gives the same answer. "" when there are none.
func Dominant(states map[State]int) State {
	var best State
	most := 0
	for state, n := range states {
		if n > most || n == most && state < best {
			best, most = state, n
		}
	}
	return best
}
