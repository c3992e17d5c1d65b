package mechanism

import (
	"fmt"
	"go/ast"

	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
)

// stuckIO: a read, write or accept waits for a peer, with no deadline and nobody who closes the connection.
func stuckIO(c *Case) (*Decision, string) {
	if !strings.HasPrefix(string(c.State), "IO wait") || c.clientConn() || len(c.Frames) > 0 && c.measured() == analyze.HandlePerCall {
		return nil, ""
	}
	if len(c.Frames) == 0 && (c.Launch == nil || len(c.Launch.Callees) > 0) {
		return nil, ""
	}
	w := c.waiting()
	if w == nil {
		return nil, "no call that reads, writes or accepts is on the line where they wait"
	}
	verb := w.verb()
	d := &Decision{
		Sure:     true,
		Cause:    Place{w.pos(), fmt.Sprintf("%s waits here for a peer, for as long as that takes", w.in.Name)},
		Evidence: []Place{{w.pos(), fmt.Sprintf("%s: this call %s", text(w.call.Fun), verb)}},
	}
	if len(w.from) == 0 {
		d.Sure = false
		d.Evidence = append(d.Evidence, Place{w.pos(), "what it works on is made in code that was not read, which may set a deadline"})
	}
	var missing *instance
	for _, m := range w.from {
		d.Evidence = append(d.Evidence, Place{m.X.Pos(), fmt.Sprintf("%s gives the connection, without a deadline", text(m.X))})
		d.Others = append(d.Others, Place{m.X.Pos(), "the connection is made here"})
		tracks := c.connection(m)
		if use, ok := w.deadline(c, tracks); ok {
			return nil, fmt.Sprintf("a deadline is set for the connection at %s", c.at(use.Node.Pos()))
		}
		closing, by := w.closedApart(c, tracks)
		way := c.unclosedWay(tracks)
		switch {
		case closing == nil:
		case by != "" && way != nil:
			d.Evidence = append(d.Evidence, c.points(way, "the connection is made here", "it is closed here", "closing the connection")...)
			missing = way
		case by == "":
			return nil, fmt.Sprintf("the connection is closed from elsewhere at %s", c.at(closing.Node.Pos()))
		default:
			d.Sure = false
			d.Evidence = append(d.Evidence, Place{closing.Node.Pos(), by})
			d.Others = append(d.Others, Place{closing.Node.Pos(), by})
		}
	}
	if len(w.from) > 0 {
		said := "nothing in the source sets a deadline for it"
		if d.Sure && missing == nil {
			said += ", and no other goroutine closes it when nobody waits for the answer any more"
		}
		d.Evidence = append(d.Evidence, Place{w.pos(), said})
	}
	if missing != nil {
		d.Fix = c.endAtExits(missing, "Close the connection on the way that misses it")
	}
	if d.Fix == nil {
		d.Fix = c.ioFix(w)
	}
	if f := c.unusedClose(w); f != nil {
		d.Evidence = append(d.Evidence, Place{f.Node().Pos(), fmt.Sprintf("%s would close it, and nobody in the source calls that", f.Name)})
		d.Fix.Steps = append(d.Fix.Steps, fmt.Sprintf("or call %s, which closes the connection, when the work is over", f.Name))
	}
	return d, ""
}

// unclosedWay is a connection that is closed on some ways and not on others, nil when it is not so.
func (c *Case) unclosedWay(tracks []*code.Track) *instance {
	for _, t := range tracks {
		ends := slices.DeleteFunc(t.Methods(closers...), func(u code.Use) bool { return u.Inner != "" || c.afterWait(u) })
		for _, in := range c.instances(t, ends) {
			if !in.ended && len(in.exits) > 0 && !slices.ContainsFunc(in.exits, exit.unsure) {
				return in
			}
		}
	}
	return nil
}

// connection are the tracks of a connection and of what is made of it.
func (c *Case) connection(s code.Source) []*code.Track {
	h := &handles{c: c}
	if s.In == nil {
		return []*code.Track{c.Program.Track(s.X, s.Result)}
	}
	return h.tracks(made{in: s.In, x: s.X, result: s.Result, paths: [][]string{nil}})
}

// deadline is where a deadline is set that ends this kind of waiting.
func (w *wait) deadline(c *Case, tracks []*code.Track) (code.Use, bool) {
	names := []string{"SetDeadline", "SetReadDeadline"}
	if w.writes() {
		names[1] = "SetWriteDeadline"
	}
	for _, t := range tracks {
		for _, u := range t.Methods(names...) {
			call, ok := u.Node.(*ast.CallExpr)
			if ok && len(call.Args) == 1 {
				if lit, ok := ast.Unparen(call.Args[0]).(*ast.CompositeLit); ok && len(lit.Elts) == 0 {
					continue // time.Time{} takes it away
				}
			}
			return u, true
		}
	}
	return code.Use{}, false
}

// closedApart is a close of the connection that can come while the call waits:
// by another goroutine, or in a method of what holds it; by says of the latter who calls that.
func (w *wait) closedApart(c *Case, tracks []*code.Track) (*code.Use, string) {
	var method *code.Use
	for _, t := range tracks {
		for _, u := range t.Methods(closers...) {
			_, f := u.Step()
			if u.In == nil || f == nil || !u.Apart() && c.itself(f) {
				continue
			}
			if u.Apart() || f != nil && f.Lit != nil && c.runsApart(f) {
				return &u, ""
			}
			if method == nil {
				method = &u
			}
		}
	}
	if method == nil {
		return nil, ""
	}
	return method, fmt.Sprintf("%s closes it: whether that is called while they wait is not known", method.In.Name)
}

// itself says whether a function is on the goroutine's stack, or a literal that one of those runs: it closes when the wait is over.
func (c *Case) itself(f *code.Func) bool {
	for ; f != nil; f = f.Outer {
		if slices.ContainsFunc(c.Frames, func(fr Frame) bool { return fr.Func == f }) {
			return true
		}
		if f.Lit == nil || c.runsApart(f) {
			return false
		}
	}
	return false
}

// runsApart: a literal is started as a goroutine, or handed to what runs it when a context or timer ends.
func (c *Case) runsApart(lit *code.Func) bool {
	for _, call := range c.Program.CallersOf(lit) {
		if call.Kind == code.Go || call.Kind == code.Launch {
			return true
		}
	}
	call, ok := c.Program.Parent(lit.Lit).(*ast.CallExpr)
	if !ok || lit.Outer == nil {
		return false
	}
	switch code.FullName(lit.Pkg, call) {
	case "context.AfterFunc", "time.AfterFunc":
		return true
	}
	return false
}

// onFrames says whether a function is on the goroutine's stack.
func (c *Case) onFrames(f *code.Func) bool {
	return slices.ContainsFunc(c.Frames, func(fr Frame) bool { return fr.Func.Declared() == f.Declared() })
}
