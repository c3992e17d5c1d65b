package code

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
)

// Track is what becomes of one value: the result of one call, or one literal,
// followed through variables, fields, elements, results, parameters and closures of
// that instance. It knows no order: what a variable holds at one time it holds at all times.
type Track struct {
	Uses []Use
	// Levels are all who hold it, inner ones first.
	Levels []*Level
	// Partial: the value went where it is not followed, and there may be more uses.
	Partial bool
	// Deep: a bound was met, on calls, on fields around the value, or on all.
	Deep bool
}

// Methods are the calls of the value's methods of the given names.
func (t *Track) Methods(names ...string) []Use {
	var out []Use
	for _, u := range t.Uses {
		if u.Kind == Method && slices.Contains(names, u.Name) {
			out = append(out, u)
		}
	}
	return out
}

// Of are the uses of the given kinds.
func (t *Track) Of(kinds ...UseKind) []Use {
	var out []Use
	for _, u := range t.Uses {
		if slices.Contains(kinds, u.Kind) {
			out = append(out, u)
		}
	}
	return out
}

// Escapes says whether code that was not read has the value, or it was lost sight of.
func (t *Track) Escapes() bool {
	return t.Partial || slices.ContainsFunc(t.Uses, func(u Use) bool { return u.Kind == Passed && u.Unread })
}

// Leaves says whether the value outlives the function in which it is made: it
// is returned, stored, or used by a goroutine or by code that was not read.
func (t *Track) Leaves() bool {
	return t.Partial || slices.ContainsFunc(t.Uses, func(u Use) bool {
		return u.Kind == Returned || u.Kind == Stored || u.Kind == Passed && u.Unread
	})
}

// The bounds of one track.
const (
	mostCalls   = 6    // calls down from the function that holds the value
	mostLevels  = 8    // of callers that hold it in turn
	mostPath    = 5    // fields and elements around it
	mostCallers = 16   // of one function
	mostPlaces  = 4000 // variables and expressions in all
)

// tracker follows one value.
type tracker struct {
	p    *Program
	out  *Track
	seen map[place]bool
	uses map[useKey]bool
}

type useKey struct {
	kind UseKind
	node ast.Node
	name string
	by   *entry
	on   *Level
}

// place is a variable or expression that was visited.
type place struct {
	at    any // types.Object or ast.Expr
	path  string
	bound *types.Func
	entry *entry
	level *Level
	over  bool
	up    bool
}

// held is what an expression or variable has to do with the value: which fields
// and elements lead from it to the value, which of its methods it is bound to,
// and by which calls it came here.
type held struct {
	path  string // "" for the value itself; else names, each ended by a dot, of fields, "*" of elements
	bound *types.Func
	entry *entry
	level *Level
	// over: it was received from a channel.
	over bool
}

// entry is one call on the way down.
type entry struct {
	call  *Call
	outer *entry
	depth int
}

// closurePath is the path's part for what a function literal uses.
func closurePath(lit *ast.FuncLit) string { return "(" + strconv.Itoa(int(lit.Pos())) + ")." }

// elementPath is the path's part for elements of slices, arrays, maps and channels.
const elementPath = "*."

// Track follows the result of a call, counted from 0, or the value of another
// expression. With fields, what is followed is that field of it: Track(call, 0, "Body").
func (p *Program) Track(x ast.Expr, result int, fields ...string) *Track {
	t := &tracker{p: p, out: &Track{}, seen: map[place]bool{}, uses: map[useKey]bool{}}
	h := held{level: t.p.first(x)}
	t.out.Levels = []*Level{h.level}
	for _, f := range fields {
		h.path += f + "."
	}
	t.flows(ast.Unparen(x), result, h)
	return t.out
}

// TrackObject follows what a variable or parameter holds, or with fields that field of it.
func (p *Program) TrackObject(obj types.Object, fields ...string) *Track {
	t := &tracker{p: p, out: &Track{}, seen: map[place]bool{}, uses: map[useKey]bool{}}
	first := &Level{In: p.Around(obj.Pos())}
	t.out.Levels = []*Level{first}
	h := held{level: first}
	for _, f := range fields {
		h.path += f + "."
	}
	t.object(obj, h)
	return t.out
}

func (p *Program) first(x ast.Expr) *Level {
	call, _ := ast.Unparen(x).(*ast.CallExpr)
	return &Level{Call: call, In: p.Around(x.Pos())}
}

// above is the level of a caller that holds the value now.
func (t *tracker) above(h held, c *Call, stored bool) held {
	for _, l := range t.out.Levels {
		if l.Call == c.Expr && l.Inner == h.level {
			h.level = l
			return h
		}
	}
	depth := 0
	for l := h.level; l != nil; l = l.Inner {
		if l.Call == c.Expr || depth > mostLevels {
			t.out.Partial = t.out.Partial || depth > mostLevels
			return h // recursion
		}
		depth++
	}
	h.level = &Level{Call: c.Expr, In: c.In, Inner: h.level, Path: h.path, Stored: stored}
	t.out.Levels = append(t.out.Levels, h.level)
	return h
}

func (t *tracker) visit(at any, h held, up bool) bool {
	key := place{at, h.path, h.bound, h.entry, h.level, h.over, up}
	if t.seen[key] {
		return false
	}
	if len(t.seen) > mostPlaces {
		t.out.Partial, t.out.Deep = true, true
		return false
	}
	t.seen[key] = true
	return true
}

func (t *tracker) use(kind UseKind, node ast.Node, h held, name string) *Use {
	u := Use{Kind: kind, Node: node, In: t.p.aroundNode(node), Name: name, Inner: h.path, Level: h.level, Over: h.over}
	key := useKey{kind: kind, node: node, name: name, on: h.level, by: h.entry}
	if h.bound != nil {
		u.Bound = h.bound.Name()
	}
	if kind == Returned { // it may leave in two fields of one thing
		key.name = h.path + u.Bound
	}
	for e := h.entry; e != nil; e = e.outer {
		u.Via = append(u.Via, e.call)
	}
	slices.Reverse(u.Via)
	if t.uses[key] {
		return &Use{}
	}
	t.uses[key] = true
	t.out.Uses = append(t.out.Uses, u)
	return &t.out.Uses[len(t.out.Uses)-1]
}

// down enters a function by a call.
func (t *tracker) down(h held, c *Call) (held, bool) {
	e := &entry{call: c, outer: h.entry}
	if h.entry != nil {
		e.depth = h.entry.depth + 1
		for o := h.entry; o != nil; o = o.outer {
			if o.call == c {
				return h, false // recursion
			}
		}
	}
	if e.depth >= mostCalls {
		t.out.Partial, t.out.Deep = true, true
		return h, false
	}
	h.entry = t.p.entryOf(e)
	return h, true
}

// object follows a variable or parameter: every place where it is read.
func (t *tracker) object(obj types.Object, h held) {
	v, ok := obj.(*types.Var)
	if !ok || v.Name() == "_" || !t.visit(obj, h, false) {
		return
	}
	if v.Pkg() != nil && v.Parent() == v.Pkg().Scope() {
		h.entry = nil
	}
	for _, id := range t.p.usesOf(v) {
		if lit := t.p.Around(id.Pos()); lit != nil && lit.Lit != nil && (v.Pos() < lit.Lit.Pos() || lit.Lit.End() < v.Pos()) && v.Parent() != v.Pkg().Scope() {
			t.use(Captured, lit.Lit, h, v.Name())
			inner := h
			inner.path, inner.bound = closurePath(lit.Lit)+h.path, nil
			t.flows(lit.Lit, 0, inner)
		}
		t.flows(id, 0, h)
	}
}
