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
	steps, nodes := chain(f)
	out := []block{bullets{ordered: true, items: steps}, flow{nodes}}
	if len(f.Candidates) > 0 {
		maybe := mechanisms(f)
		items := make([]para, len(maybe))
		for i, m := range maybe {
			items[i] = advice("%v: %v", name(string(m)), span{prose, guide(m).means + "."})
		}
		out = append(out, note("Which of these it is, profiles alone do not tell:"), bullets{items: items})
	}
	return out
}

func noFinding(r *Report) block {
	if r.Verdict == analyze.Inconclusive {
		return measured("Not known: there is no finding.")
	}
	return measured("None: there is no finding.")
}

// chain walks from the farthest known ancestor to the place where the goroutines stay.
func chain(f *analyze.Finding) ([]para, []node) {
	var steps []para
	var nodes []node
	for i := len(f.Lineage) - 1; i >= 0; i-- {
		a := f.Lineage[i]
		ended := ""
		if !a.Alive {
			ended = ", and has ended since"
		}
		leads := "leads to the next"
		if i == 0 && startsHere(f) {
			leads = "starts the goroutine"
		}
		steps = append(steps, measured("%v %s, in %d of %d known cases%s.", position(a.Position), leads, a.Seen, a.Of, ended))
		nodes = append(nodes, node{lines: []string{a.Func, at(a.File, a.Line)}})
	}
	if !startsHere(f) {
		verb := "starts the goroutine"
		if !f.Site.Exact {
			verb = "is where the goroutine begins; what starts it is not known"
		}
		steps = append(steps, measured("%v at %v %s.", name(siteName(f.Site)), place(f.Site.File, f.Site.Line), verb))
		nodes = append(nodes, node{lines: []string{siteName(f.Site), at(f.Site.File, f.Site.Line)}})
	}
	if f.Site.Entry != "" && f.Site.Entry != f.Site.Func {
		steps = append(steps, measured("The goroutine runs %v.", name(f.Site.Entry)))
		nodes = append(nodes, node{lines: []string{f.Site.Entry}, edge: "go"})
	}
	end := node{lines: []string{"waits: " + orUnknown(string(f.State))}, bad: true}
	if f.Blocked.Func != "" {
		end.lines = append(end.lines, f.Blocked.Func, at(f.Blocked.File, f.Blocked.Line))
	}
	if f.Rate.Value > 0 {
		end.lines = append(end.lines, "+"+number(f.Rate.Value)+" a minute")
	}
	steps = append(steps, measured("It waits: %v; %s.", waits(f), stays(f)))
	return steps, append(nodes, end)
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

func at(file string, line int) string {
	if line <= 0 || file == "" {
		return file
	}
	return fmt.Sprintf("%s:%d", file, line)
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}

// codePath is the tree of calls from the farthest ancestor to the blocked operation.
func codePath(r *Report) []block {
	f := r.Worst()
	if f == nil {
		return []block{noFinding(r)}
	}
	lines := tree(f)
	known := "the ancestors, the `go` statement and the stack"
	if len(f.Lineage) == 0 {
		known = "the `go` statement and the stack; no ancestors are known"
		if !f.Site.Exact {
			known = "the stack; neither ancestors nor the `go` statement are known (a target started with `GODEBUG=tracebackancestors=10` tells them)"
		}
	}
	return []block{
		listing{basis: analyze.Measured, lang: "text", lines: lines},
		note("This is from %v. The source was not read, so calls between these are not shown.", span{prose, known}),
	}
}

// tree draws each step one level deeper than what led to it.
func tree(f *analyze.Finding) []string {
	var out []string
	depth := 0
	add := func(fn, where, mark string) {
		lead := ""
		if depth > 0 {
			lead = strings.Repeat("   ", depth-1) + "└─ "
		}
		line := lead + clean(fn)
		if where != "" {
			line += "  " + clean(where)
		}
		out = append(out, line+mark)
		depth++
	}
	for i := len(f.Lineage) - 1; i >= 0; i-- {
		add(f.Lineage[i].Func, at(f.Lineage[i].File, f.Lineage[i].Line), "")
	}
	mark := "   <- starts the goroutines that stay"
	if !f.Site.Exact {
		mark = "   <- where they begin"
	}
	if startsHere(f) {
		out[len(f.Lineage)-1] += mark
	} else {
		add(siteName(f.Site), at(f.Site.File, f.Site.Line), mark)
	}
	for i := len(f.Stack) - 1; i >= 0; i-- {
		if len(f.Stack)-1-i >= maxFrames {
			add(fmt.Sprintf("… %d more calls", i+1), "", "")
			break
		}
		p := f.Stack[i]
		mark := ""
		if i == len(f.Stack)-1 {
			mark = "   [goroutine]"
		}
		if p == f.Blocked {
			mark += "   <- waits here: " + clean(orUnknown(string(f.State)))
		}
		add(p.Func, at(p.File, p.Line), mark)
	}
	return out
}
