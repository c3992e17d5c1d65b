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
// goroutines stay, with what the source says where it belongs.
func chainOf(f *analyze.Finding) *chain {
	c := &chain{f: f}
	steps := sourceSteps(f)
	before := led(f, steps)
	for i := len(f.Lineage) - 1; i >= 0; i-- {
		if i == before {
			c.source(steps)
		}
		c.ancestor(i)
	}
	if !startsHere(f) {
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
	if before < 0 {
		c.source(steps)
	}
	c.end()
	return c
}

// trigger is the farthest ancestor as an index of the lineage. The main function
// runs once, and what happens again and again begins behind it.
func trigger(f *analyze.Finding) int {
	i := len(f.Lineage) - 1
	if i > 0 && f.Lineage[i].Func == "main.main" {
		i--
	}
	return i
}

// ancestor adds one step of the lineage; one is the trigger, as far as it is known.
func (c *chain) ancestor(i int) {
	a := c.f.Lineage[i]
	does := "leads to the next"
	if i == 0 && startsHere(c.f) {
		does = "starts the goroutine"
	}
	if !a.Alive {
		does += ", and has ended since"
	}
	p := measured("%v %s (in %d of %d known cases).", position(a.Position), does, a.Seen, a.Of)
	n := node{lines: []string{a.Func, at(a.File, a.Line)}}
	if i == trigger(c.f) {
		what := triggerOf(c.f, a.Func)
		p.text = append(text{{strong, "The trigger, as far as it is known" + what + ":"}, {prose, " "}}, p.text...)
		n.lines = append([]string{"trigger, as far as it is known" + what}, n.lines...)
	}
	c.add(p, n)
}

// triggerOf says what kind of trigger a function is, and how often it comes.
func triggerOf(f *analyze.Finding, fn string) string {
	var what string
	if strings.HasSuffix(fn, ".ServeHTTP") || strings.HasPrefix(fn, "net/http.(*conn).") || strings.HasPrefix(fn, "net/http.(*Server).") {
		what = ", a request"
	}
	if s := f.Step; s != nil {
		what += fmt.Sprintf(", every %s", duration(s.Period))
	}
	return what
}

// source adds what the source says, in its order.
func (c *chain) source(steps []sourceStep) {
	for _, s := range steps {
		p := para{analyze.Derived, atPlace(sentence(shortNames(s.text)), s.file, s.line)}
		if s.cause {
			p.text = append(text{{strong, "The " + causeWord(c.f) + ":"}, {prose, " "}}, atPlace(stated(s.text), s.file, s.line)...)
		}
		c.add(p, node{lines: append(fold(shortNames(s.text), 46), at(s.file, s.line)), cause: s.cause})
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
