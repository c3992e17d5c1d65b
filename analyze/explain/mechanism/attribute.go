package mechanism

import (
	"cmp"
	"fmt"
	"go/token"
	"math"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/explain/code"
)

// What a candidate is scored by, in the order in which it is looked at. A
// library's goroutines do not say who is behind them; each of these says a part.
const (
	// What was measured: who the goroutines descend from, and who created them.
	scoreLineage   = 0.30  // the handle is made, or lost, in a function that is an ancestor
	scoreAncestor  = 0.20  // it is reached from one
	scoreStranger  = -0.25 // ancestors are known, and none of them leads there
	scoreCreator   = 0.20  // the go statement's function is the constructor, or of its package
	scorePeriod    = 0.15  // a loop on the way waits for as long as the growth's steps are apart
	scoreOffPeriod = -0.10 // the loops on the way wait for other times
	// What the source says.
	scoreLost     = 0.50 // there is a way on which it is not given back
	scoreUnknown  = 0.20 // it goes to code that was not read
	scoreRepeated = 0.20 // times the repetition's weight
	scoreOnce     = -0.40
)

// The first candidate is named as cause when it has half of all points, which a
// handle has that is lost and neither contradicted by what was measured nor made
// once only, and leads by one measured point: less is what a single loop more or less makes.
const (
	leastScore = 0.5
	margin     = 0.15
	// noScore is less than any reason gives that is not taken away by another.
	noScore = 0.15
)

// maker is an expression that makes a handle.
type maker struct {
	made
	what string // as "an http.Transport"
	// constructor is the called function's full name, "" for a literal.
	constructor string
	// doubt takes from the score: a reason that it may not be what the goroutines belong to.
	doubt    float64
	doubtful string
}

// candidate is one way in which a made handle may be what leaks.
type candidate struct {
	*maker
	*end
	score    float64
	why      []string
	again    *repetition
	evidence []Place
}

// attribute scores what becomes of every maker's handle. Those that are given
// back are not in it, and those that nothing speaks for.
func (c *Case) attribute(h *handles, makers []*maker) []*candidate {
	var out []*candidate
	reached := map[*level]*repetition{}
	for _, m := range makers {
		for _, e := range h.ends(m.made) {
			l := e.last()
			if e.fate == returned || e.fate == kept {
				continue
			}
			if reached[l] == nil {
				reached[l] = c.reachedAgain(l.in, l.step)
			}
			cand := &candidate{maker: m, end: e, again: reached[l]}
			if c.score(cand); cand.score >= noScore {
				out = append(out, cand)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), c.compare(a.x.Pos(), b.x.Pos()), c.compare(a.last().x.Pos(), b.last().x.Pos()))
	})
	return out
}

// compare orders positions by file and place, which do not depend on the order in which files were read.
func (c *Case) compare(a, b token.Pos) int {
	x, y := c.Program.Position(a), c.Program.Position(b)
	return cmp.Or(cmp.Compare(x.Filename, y.Filename), cmp.Compare(x.Offset, y.Offset))
}

func (c *Case) score(cand *candidate) {
	add := func(points float64, pos token.Pos, text string) {
		cand.score += points
		cand.why = append(cand.why, text)
		if points > 0 && pos.IsValid() {
			cand.evidence = append(cand.evidence, Place{pos, text})
		}
	}
	c.byLineage(cand, add)
	c.byCreator(cand, add)
	c.byPeriod(cand, add)
	switch {
	case cand.fate == lost || cand.fate == late:
		pos, text := cand.losing()
		add(scoreLost, pos, text)
	default:
		add(scoreUnknown, cand.last().x.Pos(), "it goes on to code that was not read")
	}
	if cand.again.weight == 0 {
		add(scoreOnce, token.NoPos, "it is made once")
	} else {
		add(scoreRepeated*cand.again.weight, cand.again.at.Pos, cand.again.at.Text)
	}
	if cand.doubt != 0 {
		add(-cand.doubt, token.NoPos, cand.doubtful)
	}
	cand.score = math.Round(100*min(1, max(0, cand.score))) / 100
}

type adder func(points float64, pos token.Pos, text string)

// byLineage looks for the candidate among the goroutines' ancestors.
func (c *Case) byLineage(cand *candidate, add adder) {
	if len(c.Lineage) == 0 {
		return
	}
	has := func(f *code.Func, in []*code.Func) bool {
		return slices.ContainsFunc(in, func(g *code.Func) bool { return g.Declared() == f.Declared() })
	}
	var own []*code.Func
	for _, l := range cand.levels {
		own = append(own, l.in)
	}
	for _, fr := range c.Lineage {
		if has(fr.Func, own) {
			add(scoreLineage, fr.Pos, fmt.Sprintf("lineage: the goroutines descend from %s", fr.Func.Declared().Name))
			return
		}
	}
	for _, fr := range c.Lineage {
		if has(fr.Func, cand.again.callers) {
			add(scoreAncestor, fr.Pos, fmt.Sprintf("lineage: the goroutines descend from %s, which leads there", fr.Func.Declared().Name))
			return
		}
	}
	add(scoreStranger, token.NoPos, "lineage: none of the goroutines' ancestors leads there")
}

// byCreator compares the constructor with the function that has the go statement.
func (c *Case) byCreator(cand *candidate, add adder) {
	if cand.constructor == "" || c.Finding == nil {
		return
	}
	site := code.Declared(c.Finding.Site.Func)
	name := profileName(cand.constructor)
	switch {
	case site == "":
	case site == code.Declared(name):
		add(scoreCreator, token.NoPos, "creator: "+name+" has the go statement")
	case c.Finding.Site.Package != "" && ofPackage(cand.constructor, c.Finding.Site.Package) && constructors[name]:
		add(scoreCreator, token.NoPos, "creator: the go statement is in the package of "+name)
	}
}

// byPeriod compares the steps of the growth with what the loops on the way wait for.
func (c *Case) byPeriod(cand *candidate, add adder) {
	if c.Finding == nil || c.Finding.Step == nil || c.Finding.Step.Period <= 0 || len(cand.again.periods) == 0 {
		return
	}
	step := c.Finding.Step
	for _, p := range cand.again.periods {
		if math.Abs(p.seconds-step.Period) <= 0.1*step.Period {
			add(scorePeriod, p.at, fmt.Sprintf("period: the loop waits for %.3g s here, and the count rises by %.3g every %.3g s", p.seconds, step.Height, step.Period))
			return
		}
	}
	add(scoreOffPeriod, token.NoPos, fmt.Sprintf("period: the count rises every %.3g s, and no loop on the way waits for that", step.Period))
}

// losing is where, and in which words, the last function loses the handle.
func (cand *candidate) losing() (token.Pos, string) {
	l := cand.last()
	switch {
	case cand.fate == late:
		return l.late.Pos(), fmt.Sprintf("%s gives it back when it ends, and makes the next in its loop before", l.in.Name)
	case len(l.closes) == 0 && len(l.drains) == 0 && len(l.leaves) == 0:
		return l.x.Pos(), fmt.Sprintf("%s has it from here on, and gives it back on no way", l.in.Name)
	}
	if exit := l.firstExit(); exit != nil {
		pos, how := leaving(exit)
		return pos, fmt.Sprintf("%s %s here without giving it back", l.in.Name, how)
	}
	return l.x.Pos(), fmt.Sprintf("%s makes the next here without having given it back", l.in.Name)
}

// standsClear is the candidates' first when it stands clear of all that would name another line.
func standsClear(all []*candidate, line func(*candidate) token.Pos) *candidate {
	if len(all) == 0 || all[0].score < leastScore {
		return nil
	}
	for _, other := range all[1:] {
		if line(other) != line(all[0]) {
			if all[0].score-other.score < margin-1e-9 {
				return nil
			}
			break
		}
	}
	return all[0]
}

// ranked are the candidates as a decision lists them, one for each line.
func ranked(all []*candidate, line func(*candidate) token.Pos) []Candidate {
	var out []Candidate
	seen := map[token.Pos]bool{}
	for _, cand := range all {
		if pos := line(cand); !seen[pos] && len(out) < 8 {
			seen[pos] = true
			out = append(out, Candidate{Place{pos, fmt.Sprintf("%s is made here, in %s", cand.what, cand.levels[0].in.Name)}, cand.score, strings.Join(cand.why, "; ")})
		}
	}
	return out
}
