package analyze

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// line is the way up that most of a site's goroutines with known ancestors share.
type line struct {
	ancestors  []Ancestor
	candidates []Candidate
	// seen of known goroutines share it, of births whose creation was looked at;
	// of those, inCall were found in a call of the function that is named.
	seen, inCall, known, births int
	// root is the outermost function of the target's own that is shown.
	root   Position
	source lineSource
}

// lineSource is who saw the births, the surest first.
type lineSource int

const (
	fromTraces lineSource = iota
	fromScans
	fromDumps
)

// way is the descents that end in the same code.
type way struct {
	descents []descent
	best     *descent
}

// lineage finds the line of a site's goroutines, and the functions that the
// known ones end in, most frequent first; nil when none is known. Where traces
// saw the calls, what was found later does not count.
func (f *family) lineage(s *Series, births []*birth, handle string) *line {
	l := &line{source: fromScans}
	if slices.ContainsFunc(births, func(b *birth) bool { return b.whole }) {
		l.source = fromTraces
		births = slices.DeleteFunc(slices.Clone(births), func(b *birth) bool { return !b.whole })
	}
	if len(births) == 0 {
		l.source, births = fromDumps, f.dumped(s)
	}
	l.births = len(births)
	ways := map[string]*way{}
	for _, b := range births {
		d := f.descend(b, handle)
		if d.level == lost {
			continue
		}
		l.known++
		key := d.key()
		if ways[key] == nil {
			ways[key] = &way{}
		}
		ways[key].descents = append(ways[key].descents, d)
	}
	if l.known == 0 {
		return nil
	}
	f.settle(l, ways, f.firstSeen(s))
	return l
}

// key is the same for descents that agree: on the line where a call was
// witnessed, else on the function that the ancestor runs.
func (d *descent) key() string {
	if d.level == witnessed {
		return fmt.Sprintf("%s %s:%d", d.user.Func, d.user.File, d.user.Line)
	}
	return d.root().Func
}

// settle ranks the ways and writes down the first one step by step.
func (f *family) settle(l *line, ways map[string]*way, from float64) {
	ranked := make([]*way, 0, len(ways))
	for _, w := range ways {
		w.best = typical(w.descents)
		f.narrow(w, from)
		ranked = append(ranked, w)
	}
	slices.SortFunc(ranked, func(x, y *way) int {
		return cmp.Or(cmp.Compare(len(y.descents), len(x.descents)), comparePositions(x.best.user, y.best.user))
	})
	first := ranked[0]
	l.seen, l.inCall, l.root = len(first.descents), first.through(first.best.user.Func), first.best.root()
	steps, ids := first.best.all()
	for i, p := range steps {
		_, alive := f.alive[ids[i]]
		l.ancestors = append(l.ancestors, Ancestor{Position: p, Alive: alive, Seen: first.through(p.Func), Of: l.known})
	}
	for _, w := range ranked {
		n := len(w.descents)
		l.candidates = append(l.candidates, Candidate{Position: w.best.user, Score: float64(n) / float64(l.known), Why: l.why(n)})
	}
}

// typical is the descent that is surest, and of those the most frequent: the
// way that is shown of all that agree on where they end.
func typical(descents []descent) *descent {
	counts := map[string]int{}
	for i := range descents {
		counts[descents[i].text()]++
	}
	best := &descents[0]
	for i := range descents {
		d := &descents[i]
		if cmp.Or(cmp.Compare(d.level, best.level), cmp.Compare(counts[d.text()], counts[best.text()]), cmp.Compare(best.text(), d.text())) > 0 {
			best = d
		}
	}
	return best
}

func (d *descent) text() string {
	var b strings.Builder
	steps, _ := d.all()
	for _, p := range steps {
		fmt.Fprintf(&b, "%s\x00%s\x00%d\x00", p.Func, p.File, p.Line)
	}
	return b.String()
}

// through is how many descents go through a function.
func (w *way) through(fn string) int {
	n := 0
	for i := range w.descents {
		steps, _ := w.descents[i].all()
		if slices.ContainsFunc(steps, func(p Position) bool { return p.Func == fn }) {
			n++
		}
	}
	return n
}

func (l *line) why(n int) string {
	of := fmt.Sprintf("%d of %d ", n, l.known)
	switch l.source {
	case fromTraces:
		return of + "traced creations descend from here"
	case fromScans:
		return of + "goroutines whose ancestors are known descend from here"
	}
	return of + "goroutines whose parent is in a dump were started by a goroutine that runs this"
}

// share says how many agree, of how many whose creation is known.
func (l *line) share() string {
	switch l.source {
	case fromTraces:
		return fmt.Sprintf("%d of %d traced creations", l.seen, l.known)
	case fromScans:
		return fmt.Sprintf("%d of the %d whose ancestors are known", l.inCall, l.known)
	}
	return fmt.Sprintf("%d of the %d whose parent is in a dump", l.inCall, l.known)
}

// evidence says who saw it, and of how many nothing is known.
func (l *line) evidence(fn string) string {
	if l.source == fromTraces {
		return fmt.Sprintf("The execution traces show their creation: %d of %d descend from %s", l.seen, l.known, fn)
	}
	saw, known := "Scans of its memory show who created whom", "whose ancestors are known"
	if l.source == fromDumps {
		saw, known = "The dumps name their parents", "whose parent is in a dump"
	}
	text := fmt.Sprintf("%s: %d of the %d %s descend from a goroutine that runs %s", saw, l.seen, l.known, known, l.root.Func)
	if fn != l.root.Func {
		text += fmt.Sprintf(", %d times found in a call of %s", l.inCall, fn)
	}
	if n := l.births - l.known; n > 0 {
		text += fmt.Sprintf("; of %d more the ancestors had ended unseen", n)
	}
	return text
}

// dumped are the births of a site's goroutines as dumps tell them: the parent's
// id, and the go statement where the site has one.
func (f *family) dumped(s *Series) []*birth {
	created, ok := onlyCreator(s.Dump)
	if !ok {
		return nil
	}
	var births []*birth
	seen := map[uint64]bool{}
	for _, c := range since(s.Censuses, f.began) {
		for _, m := range c.Members {
			if m.Parent != 0 && !seen[m.ID] {
				seen[m.ID] = true
				births = append(births, &birth{id: m.ID, parent: m.Parent, creator: created})
			}
		}
	}
	return births
}

// onlyCreator is the go statement of a group's goroutines when they have one
// and the same, which is not a launcher's.
func onlyCreator(g *goroutine.Group) ([]goroutine.Frame, bool) {
	if g == nil || len(g.Creators) != 1 {
		return nil, false
	}
	for f := range g.Creators {
		return []goroutine.Frame{f}, true
	}
	return nil, false
}

func position(f goroutine.Frame) Position {
	return Position{Func: f.Func, File: f.File, Line: f.Line, Start: f.Start}
}

func comparePositions(x, y Position) int {
	return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Func, y.Func))
}
