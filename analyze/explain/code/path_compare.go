package code

import (
	"go/types"
	"strings"
)

// Path says which of several values of one field is meant: the variable that
// it is reached from, and the fields on the way. Values do not tell instances
// apart; paths do, within one function and over the calls that lead to it.
type Path struct {
	Root  types.Object // nil when it is not known
	Steps string       // as ".cart.mu"
	// Fixed: the variable never becomes another.
	Fixed bool
	// Of is the declared function whose variable the root is; nil for a package's.
	Of *Func
}

// Is says that both are one for certain.
func (a Path) Is(b Path) bool {
	return a.Root != nil && a.Root == b.Root && a.Steps == b.Steps
}

// IsNot says that both are named differently in one function, by variables that never become others.
func (a Path) IsNot(b Path) bool { return a.Fixed && b.Fixed && a.Differs(b) }

// Differs says that both are named differently in one function.
func (a Path) Differs(b Path) bool {
	return a.Root != nil && b.Root != nil && a.Of == b.Of && !a.Is(b)
}

// Reaches says that b is reached through what holds a, as n.mu and n.next.mu.
func (a Path) Reaches(b Path) bool {
	base := a.Steps[:max(0, strings.LastIndexByte(a.Steps, '.'))]
	return a.Root != nil && a.Root == b.Root && strings.HasPrefix(b.Steps, base+".") && a.Steps != b.Steps && strings.Count(b.Steps, ".") > strings.Count(a.Steps, ".")
}

// Apart says that two ways from one variable part at fields that hold values and
// no pointers: which is which does not hang on what somebody put there.
func (a Path) Apart(b Path) bool {
	if a.Root == nil || a.Root != b.Root {
		return false
	}
	x, y := strings.Split(a.Steps, "."), strings.Split(b.Steps, ".")
	t := a.Root.Type()
	for i := 1; i < len(x) && i < len(y); i++ {
		st := structOf(t)
		if st == nil {
			return false
		}
		v, w := fieldNamed(st, x[i]), fieldNamed(st, y[i])
		if v == nil || w == nil {
			return false
		}
		if v != w {
			return !pointing(v.Type()) && !pointing(w.Type())
		}
		t = v.Type()
	}
	return false
}

func structOf(t types.Type) *types.Struct {
	if ptr, ok := types.Unalias(t).Underlying().(*types.Pointer); ok {
		t = ptr.Elem()
	}
	st, _ := t.Underlying().(*types.Struct)
	return st
}

func fieldNamed(st *types.Struct, name string) *types.Var {
	for f := range st.Fields() {
		if f.Name() == name {
			return f
		}
	}
	return nil
}

// MayBe says that both can be one lock in the names of different functions: what
// one of them names is the end of the other's way, and whole ways begin at one type.
func (a Path) MayBe(b Path) bool {
	if a.Root == nil || b.Root == nil {
		return true
	}
	if a.Of == nil && b.Of == nil {
		return a.Root == b.Root && a.Steps == b.Steps
	}
	x, y := plainSteps(a.Steps), plainSteps(b.Steps)
	if x == y && a.Of != nil && b.Of != nil {
		m, n := TypeName(a.Root.Type()), TypeName(b.Root.Type())
		return m == n || m == "" || n == "" || types.IsInterface(a.Root.Type()) || types.IsInterface(b.Root.Type())
	}
	return strings.HasSuffix(x, y) || strings.HasSuffix(y, x)
}

// plainSteps leaves out which element it is.
func plainSteps(steps string) string {
	var b strings.Builder
	depth := 0
	for _, r := range steps {
		if r == ']' {
			depth--
		}
		if depth == 0 {
			b.WriteRune(r)
		}
		if r == '[' {
			depth++
		}
	}
	return b.String()
}
