package report

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// mechanism is the chain from the trigger to the blocked operation.
func mechanism(r *Report) []block {
	f := r.Worst()
	if f == nil {
		return []block{noFinding(r)}
	}
	c := chainOf(f)
	var out []block
	if len(f.Lineage) == 0 {
		out = append(out, measured("What triggers it was not seen: no ancestor of these goroutines is known."))
	}
	out = append(out, bullets{ordered: true, items: c.steps}, flow{c.nodes})
	if len(f.Candidates) > 0 {
		maybe := mechanisms(f)
		items := make([]para, len(maybe))
		for i, m := range maybe {
			items[i] = advice("%v: %v", name(string(m)), span{prose, guide(m).means + "."})
		}
		which := "Which of these it is, profiles alone do not tell:"
		if explained(f) {
			which = "What neither profiles nor source exclude:"
		}
		out = append(out, note("%s", which), bullets{items: items})
	}
	return out
}

func noFinding(r *Report) block {
	if r.Verdict == analyze.Inconclusive {
		return measured("Not known: there is no finding.")
	}
	return measured("None: there is no finding.")
}

// chain is the same steps as sentences and as boxes.
type chain struct {
	f     *analyze.Finding
	steps []para
	nodes []node
}

func (c *chain) add(p para, n node) {
	c.steps, c.nodes = append(c.steps, p), append(c.nodes, n)
}

// chainOf walks from the farthest known ancestor to the place where the
// goroutines stay, by what the source says of the functions on the way.
func chainOf(f *analyze.Finding) *chain {
	c := &chain{f: f}
	said := sourceSteps(f)
	trigger := triggerOf(f)
	for i := len(f.Lineage) - 1; i >= 0; i-- {
		a := f.Lineage[i]
		c.source(said.before(a.Position), "")
		c.ancestor(a, i == 0 && startsHere(f), i == trigger)
	}
	if !startsHere(f) {
		c.source(said.before(analyze.Position{Func: f.Site.Func, File: f.Site.File, Line: f.Site.Line}), "")
		verb := "starts the goroutine"
		if !f.Site.Exact {
			verb = "is where the goroutine begins; what starts it is not known"
		}
		c.add(measured("%v at %v %s.", name(siteName(f.Site)), place(f.Site.File, f.Site.Line), verb),
			node{lines: []string{siteName(f.Site), at(f.Site.File, f.Site.Line)}})
	}
	if f.Site.Entry != "" && f.Site.Entry != f.Site.Func {
		c.add(measured("The goroutine runs %v.", name(f.Site.Entry)), node{lines: []string{f.Site.Entry}, edge: "go"})
	}
	c.source(said.parents(), "meanwhile")
	c.source(said.rest(), "")
	c.end()
	return c
}

// triggerOf is the ancestor that is likely to set it off again and again: the
// nearest that lives on; -1 when none does.
func triggerOf(f *analyze.Finding) int {
	for i, a := range f.Lineage {
		if a.Alive {
			return i
		}
	}
	return -1
}

func (c *chain) ancestor(a analyze.Ancestor, starts, trigger bool) {
	does := "leads to the next"
	if starts {
		does = "starts the goroutine"
	}
	if !a.Alive {
		does += ", and has ended since"
	}
	n := node{lines: []string{a.Func, at(a.File, a.Line)}}
	p := measured("%v %s (in %d of %d known cases).", position(a.Position), does, a.Seen, a.Of)
	if trigger {
		what := "likely trigger"
		if strings.HasPrefix(a.Func, "net/http.(*Server).") || strings.HasPrefix(a.Func, "net/http.(*conn).") {
			what = "likely trigger: a request"
		}
		if s := c.f.Step; s != nil {
			what += fmt.Sprintf(", every %s, %s goroutines at a time", duration(s.Period), trim(s.Height))
		}
		p = measured("%v %s (in %d of %d known cases). It is the nearest that still lives, and so the %s.", position(a.Position), does, a.Seen, a.Of, what)
		n.lines = append(n.lines, what)
	}
	c.add(p, n)
}

// source adds what the source says; the first box gets the words on its arrow.
func (c *chain) source(said []sourceStep, edge string) {
	for i, s := range said {
		p := para{analyze.Derived, atPlace(stated(s.text), s.file, s.line)}
		if s.cause {
			p.text = append(text{{strong, "The " + causeWord(c.f) + ":"}, {prose, " "}}, p.text...)
		} else if edge == "" || i > 0 {
			p.text = atPlace(sentence(shortNames(s.text)), s.file, s.line)
		}
		if i == 0 && edge != "" {
			p.text = append(text{{prose, capital(edge) + ": "}}, p.text...)
		}
		c.steps = append(c.steps, p)
		if s.waits {
			continue // the last box is that place
		}
		n := node{lines: append(fold(shortNames(s.text), 46), at(s.file, s.line)), cause: s.cause}
		if i == 0 {
			n.edge = edge
		}
		c.nodes = append(c.nodes, n)
	}
}

// end is the place where the goroutines stay.
func (c *chain) end() {
	f := c.f
	end := node{lines: []string{"waits: " + orUnknown(string(f.State))}, bad: true}
	if f.Blocked.Func != "" {
		end.lines = append(end.lines, f.Blocked.Func, at(f.Blocked.File, f.Blocked.Line))
	}
	if f.Rate.Value > 0 {
		end.lines = append(end.lines, "+"+number(f.Rate.Value)+" a minute")
	}
	c.add(measured("It waits: %v; %s.", waits(f), stays(f)), end)
}

// startsHere tells that the nearest ancestor is the go statement itself.
func startsHere(f *analyze.Finding) bool {
	return len(f.Lineage) > 0 && f.Lineage[0].Func == f.Site.Func && f.Lineage[0].Line == f.Site.Line
}

func stays(f *analyze.Finding) string {
	switch {
	case f.Verdict == analyze.Confirmed:
		return "it can never be woken"
	case f.Verdict == analyze.Stuck:
		return "it did not move while it was watched"
	case f.Cohort != nil && f.Cohort.Born > 0 && f.Cohort.Survivors == f.Cohort.Born:
		return "none that was born in the watch has ended"
	case f.Cohort != nil && f.Cohort.Born > 0:
		return fmt.Sprintf("%s of %s born in the watch are still there", grouped(float64(f.Cohort.Survivors)), grouped(float64(f.Cohort.Born)))
	default:
		return "whether single ones ever end was not followed"
	}
}
