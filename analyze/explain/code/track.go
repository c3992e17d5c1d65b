package code

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// UseKind is what is done with a tracked value.
type UseKind uint8

// The uses of a value.
const (
	Method   UseKind = iota + 1 // one of its methods is called
	Called                      // it is a function, and it is called
	Returned                    // it leaves a function as result, alone or in what holds it
	Stored                      // it is put into a field, an element, a channel or a package variable
	Passed                      // it is an argument of a function
	Dropped                     // nothing keeps it: the result is not used, or assigned to _
	Captured                    // a function literal uses it
)

var useNames = [...]string{"", "method", "called", "returned", "stored", "passed", "dropped", "captured"}

func (k UseKind) String() string { return useNames[k] }

// Use is one thing that is done with a tracked value.
type Use struct {
	Kind UseKind
	// Name is the method's name, the full name of the function it is passed to, or the field it is stored in.
	Name string
	// Path leads from what is used to the value: names of fields, "*" for elements; nil for the value itself.
	Path []string
	// Result is which result of the function the value, or what holds it, is; of Returned.
	Result int
	// Node is the call, the return statement, the statement that stores it, or the literal.
	Node ast.Node
	In   *Func // nil in the initialisation of package variables
	// Via are the calls by which the value came down to In from the function that holds it, outermost first.
	Via []*Call
	// Bound is the method of the value that is meant: x.Close, not called; "" for the value itself.
	Bound string
	// Unread: Passed to a function whose body was not read.
	Unread bool
	// Go: the method is called in a goroutine of its own. Deferred: when the function ends.
	Go, Deferred bool
}

// Step is the outermost call, or the use itself, and the function it stands in.
func (u Use) Step() (ast.Node, *Func) {
	if len(u.Via) > 0 {
		return u.Via[0].Expr, u.Via[0].In
	}
	return u.Node, u.In
}

// AtEnd says whether the step is deferred.
func (u Use) AtEnd() bool {
	if len(u.Via) > 0 {
		return u.Via[0].Kind == Defer
	}
	return u.Deferred
}

// Apart says whether the use happens in another goroutine than the step's function.
func (u Use) Apart() bool {
	return u.Go || slices.ContainsFunc(u.Via, func(c *Call) bool { return c.Kind == Go || c.Kind == Launch })
}

// Track is what becomes of one value: the result of one call, or one literal,
// followed through variables, fields, elements, results, parameters and closures of
// that instance. It knows no order: what a variable holds at one time it holds at all times.
type Track struct {
	Uses []Use
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
	top  *Call
}

// place is a variable or expression that was visited.
type place struct {
	at    any // types.Object or ast.Expr
	path  string
	bound *types.Func
	entry *entry
	up    bool
}

// held is what an expression or variable has to do with the value: which fields
// and elements lead from it to the value, which of its methods it is bound to,
// and by which calls it came here.
type held struct {
	path  string // "" for the value itself; else names, each ended by a dot, of fields, "*" of elements
	bound *types.Func
	entry *entry
}

// entry is one call on the way down.
type entry struct {
	call  *Call
	outer *entry
	depth int
}

// elementPath is the path's part for elements of slices, arrays, maps and channels.
const elementPath = "*."

// Track follows the result of a call, counted from 0, or the value of another
// expression. With fields, what is followed is that field of it: Track(call, 0, "Body").
func (p *Program) Track(x ast.Expr, result int, fields ...string) *Track {
	t := &tracker{p: p, out: &Track{}, seen: map[place]bool{}, uses: map[useKey]bool{}}
	h := held{}
	for _, f := range fields {
		h.path += f + "."
	}
	t.flows(ast.Unparen(x), result, h)
	return t.out
}

// TrackObject follows what a variable or parameter holds, or with fields that field of it.
func (p *Program) TrackObject(obj types.Object, fields ...string) *Track {
	t := &tracker{p: p, out: &Track{}, seen: map[place]bool{}, uses: map[useKey]bool{}}
	h := held{}
	for _, f := range fields {
		h.path += f + "."
	}
	t.object(obj, h)
	return t.out
}

func (t *tracker) visit(at any, h held, up bool) bool {
	key := place{at, h.path, h.bound, h.entry, up}
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
	u := Use{Kind: kind, Node: node, In: t.p.Around(node.Pos()), Name: name}
	if h.bound != nil {
		u.Bound = h.bound.Name()
	}
	if h.path != "" {
		u.Path = strings.Split(strings.TrimSuffix(h.path, "."), ".")
	}
	key := useKey{kind: kind, node: node, name: name}
	for e := h.entry; e != nil; e = e.outer {
		u.Via = append(u.Via, e.call)
	}
	slices.Reverse(u.Via)
	if len(u.Via) > 0 {
		key.top = u.Via[0]
	}
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
		}
		t.flows(id, 0, h)
	}
}
