package code

import (
	"go/ast"
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
	Closed                      // it is a channel, and it is closed
	Sent                        // it is a channel, and something is sent to it
	Received                    // it is a channel, and something is received from it
	Removed                     // it is in a map, and is deleted from it
	Fetched                     // it was sent over a channel, and is received from that
)

var useNames = [...]string{"", "method", "called", "returned", "stored", "passed", "dropped", "captured", "closed", "sent", "received", "removed", "fetched"}

func (k UseKind) String() string { return useNames[k] }

// Use is one thing that is done with a tracked value.
type Use struct {
	Kind UseKind
	// Name is the method's name, the full name of the function it is passed to, or the field it is stored in.
	Name string
	// Node is the call, the return statement, the statement that stores it, or the literal.
	Node ast.Node
	In   *Func // nil in the initialisation of package variables
	// Via are the calls by which the value came down to In from the function that holds it, outermost first.
	Via []*Call
	// Inner is the path from what is used to the value, of fields and elements ("*"), each ended by a dot; "" for the value itself.
	Inner string
	// Bound is the method of the value that is meant: x.Close, not called; "" for the value itself.
	Bound string
	// Result is which result of the function the value, or what holds it, is; of Returned.
	Result int
	// Level is who holds the value when it is used so.
	Level *Level
	// Over: the value came there over a channel, so that another goroutine uses it, at a time of its own.
	Over bool
	// Unread: Passed to a function whose body was not read.
	Unread bool
	// Go: the method is called in a goroutine of its own. Deferred: when the function ends.
	Go, Deferred bool
}

// Level is one call by which a function comes to hold the value, alone or in
// something: the first is the call that is tracked, the next is that of the
// function that returned it or put it into what its caller has.
type Level struct {
	Call  *ast.CallExpr // nil of the first, when what is tracked is no call
	In    *Func         // the function the call stands in
	Inner *Level        // nil for the first
	// Path leads from what the function holds to the value; "" for the value itself.
	Path string
	// Stored: it was put into what the function has, not returned to it.
	Stored bool
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

// Path is Inner taken apart: names of fields, "*" for elements; nil for the value itself.
func (u *Use) Path() []string {
	if u.Inner == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(u.Inner, "."), ".")
}

// Runs says whether a use is the call of a function literal that uses the value: lit, which was handed on before.
func (u Use) Runs(lit *Func) bool {
	return u.Kind == Called && lit != nil && lit.Lit != nil && strings.HasPrefix(u.Inner, closurePath(lit.Lit))
}
