package code

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"
)

// Func is a function with a body: a declared one or a literal.
type Func struct {
	Pkg  *Package
	Obj  *types.Func   // nil for a literal
	Decl *ast.FuncDecl // nil for a literal
	Lit  *ast.FuncLit  // nil for a declared one
	// Outer is the function a literal stands in; nil for a declared one and for literals of package variables.
	Outer *Func
	// Name is the declared function's name as a profile prints it, without type
	// arguments, as "example.com/shop.(*Cart).Total"; a literal's ends in ".funcN".
	Name string
	Type *ast.FuncType
	Body *ast.BlockStmt

	literals int
}

func (p *Program) addDecl(f *file, d *ast.FuncDecl) {
	if d.Body == nil {
		return
	}
	obj, _ := f.pkg.Info.Defs[d.Name].(*types.Func)
	fn := &Func{Pkg: f.pkg, Obj: obj, Decl: d, Type: d.Type, Body: d.Body, Name: declName(f.pkg, d)}
	p.Funcs = append(p.Funcs, fn)
	f.funcs = append(f.funcs, fn)
	if obj != nil {
		p.byObj[obj] = fn
	}
	p.addLiterals(f, fn, d.Body)
}

// addLiterals finds the function literals directly in n.
func (p *Program) addLiterals(f *file, outer *Func, n ast.Node) {
	ast.Inspect(n, func(x ast.Node) bool {
		lit, ok := x.(*ast.FuncLit)
		if !ok {
			return true
		}
		fn := &Func{Pkg: f.pkg, Lit: lit, Outer: outer, Type: lit.Type, Body: lit.Body}
		if outer != nil {
			outer.literals++
			fn.Name = outer.Name + ".func" + strconv.Itoa(outer.literals)
		} else {
			fn.Name = packageName(f.pkg) + ".glob..func"
		}
		p.Funcs = append(p.Funcs, fn)
		f.funcs = append(f.funcs, fn)
		p.byLit[lit] = fn
		p.addLiterals(f, fn, lit.Body)
		return false
	})
}

// packageName is what stands before the first dot in a profile: the import path, and "main" for a command.
func packageName(pkg *Package) string {
	if pkg.Name == "main" {
		return "main"
	}
	return escape(pkg.Path)
}

// escape writes an import path as the linker does: what it has no room for in a
// name, as the dots of the last element, is %xx.
func escape(path string) string {
	slash := strings.LastIndexByte(path, '/')
	var b strings.Builder
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c == '.' && i > slash || c == '%' || c == '"' || c >= 0x7f {
			fmt.Fprintf(&b, "%%%02x", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

func declName(pkg *Package, d *ast.FuncDecl) string { return packageName(pkg) + "." + LocalName(d) }

// LocalName is a declared function's name as a profile prints it behind the package: "New", "(*Cart).Total".
func LocalName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := ast.Unparen(d.Recv.List[0].Type)
	star, pointer := t.(*ast.StarExpr)
	if pointer {
		t = ast.Unparen(star.X)
	}
	switch g := t.(type) {
	case *ast.IndexExpr:
		t = g.X
	case *ast.IndexListExpr:
		t = g.X
	}
	recv := "?"
	if id, ok := t.(*ast.Ident); ok {
		recv = id.Name
	}
	if pointer {
		return "(*" + recv + ")." + d.Name.Name
	}
	return recv + "." + d.Name.Name
}

// Declared is the declared function around f, f itself when it is one.
func (f *Func) Declared() *Func {
	for f.Outer != nil {
		f = f.Outer
	}
	return f
}

// Node is the declaration or literal.
func (f *Func) Node() ast.Node {
	if f.Decl != nil {
		return f.Decl
	}
	return f.Lit
}

// Within says whether f is outer or a literal somewhere in it.
func (f *Func) Within(outer *Func) bool {
	for ; f != nil; f = f.Outer {
		if f == outer {
			return true
		}
	}
	return false
}

// Params are the parameters' objects in order, nil for unnamed ones.
func (f *Func) Params() []*types.Var {
	var out []*types.Var
	for _, field := range f.Type.Params.List {
		if len(field.Names) == 0 {
			out = append(out, nil)
		}
		for _, name := range field.Names {
			v, _ := f.Pkg.Info.Defs[name].(*types.Var)
			out = append(out, v)
		}
	}
	return out
}

// Variadic says whether the last parameter takes any number of arguments.
func (f *Func) Variadic() bool {
	list := f.Type.Params.List
	if len(list) == 0 {
		return false
	}
	_, ok := list[len(list)-1].Type.(*ast.Ellipsis)
	return ok
}

// FuncOf is the function of a declared object; nil when its body was not read.
func (p *Program) FuncOf(obj *types.Func) *Func {
	if obj == nil {
		return nil
	}
	return p.byObj[obj.Origin()]
}

// Literal is the function of a literal.
func (p *Program) Literal(lit *ast.FuncLit) *Func { return p.byLit[lit] }

// Named finds declared functions by the name a profile prints, with or without
// type arguments and the suffixes of closures and wrappers.
func (p *Program) Named(name string) []*Func {
	want := Declared(name)
	var out []*Func
	for _, f := range p.Funcs {
		if f.Decl != nil && f.Name == want {
			out = append(out, f)
		}
	}
	return out
}

// WithoutTypeArgs cuts the type arguments out of a function's name.
func WithoutTypeArgs(name string) string {
	if !strings.Contains(name, "[") {
		return name
	}
	var b strings.Builder
	depth := 0
	for _, r := range name {
		switch {
		case r == '[':
			depth++
		case r == ']':
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Declared cuts a profile's function name down to the declared function: type
// arguments, closures (.func1.2), wrappers (.gowrap1, .deferwrap2, -fm, -rangeN) go.
func Declared(name string) string {
	name = strings.TrimSuffix(WithoutTypeArgs(name), "-fm")
	slash := strings.LastIndexByte(name, '/') + 1
	parts := strings.Split(name[slash:], ".")
	for i := 1; i < len(parts); i++ { // the body of a range over a function
		parts[i], _, _ = strings.Cut(parts[i], "-range")
	}
	keep := min(2, len(parts)) // package and function; a package path may hold dots only before its last slash
	if len(parts) > 2 && !generated(parts[2]) {
		keep = 3 // package, receiver, method
	}
	return name[:slash] + strings.Join(parts[:keep], ".")
}

// generated: the part of a name that the compiler made.
func generated(part string) bool {
	for _, prefix := range []string{"func", "gowrap", "deferwrap"} {
		if rest, ok := strings.CutPrefix(part, prefix); ok && digits(rest) {
			return true
		}
	}
	return digits(part) || part == ""
}

func digits(s string) bool {
	s, _, _ = strings.Cut(s, "-range")
	if s == "" {
		return false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// At is the innermost function around a line. A line on which a literal begins
// belongs to the function around it, unless the literal is all on that line.
func (p *Program) At(name string, line int) *Func {
	f := p.files[name]
	if f == nil {
		return nil
	}
	var found *Func
	for _, fn := range f.funcs {
		from, to := p.Fset.Position(fn.Node().Pos()).Line, p.Fset.Position(fn.Node().End()).Line
		if fn.Lit != nil && from != to && line == from {
			continue
		}
		if from <= line && line <= to {
			found = fn // inner ones come later
		}
	}
	return found
}

// Around is the innermost function that holds a position.
func (p *Program) Around(pos token.Pos) *Func {
	f := p.files[p.Fset.Position(pos).Filename]
	if f == nil {
		return nil
	}
	var found *Func
	for _, fn := range f.funcs {
		if fn.Node().Pos() <= pos && pos < fn.Node().End() {
			found = fn
		}
	}
	return found
}
