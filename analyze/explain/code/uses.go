package code

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
)

// naming is where everything is named and written, made when it is asked for first.
type naming struct {
	uses  map[types.Object][]inspector.Cursor // of variables, fields and functions: the identifiers that mean them
	calls map[*ast.CallExpr]inspector.Cursor
	pkgs  map[*ast.File]*Package
	root  inspector.Cursor
}

func (p *Program) naming() *naming {
	if p.named != nil {
		return p.named
	}
	x := &naming{uses: map[types.Object][]inspector.Cursor{}, calls: map[*ast.CallExpr]inspector.Cursor{}, pkgs: map[*ast.File]*Package{}}
	var files []*ast.File
	for _, pkg := range p.Packages {
		for _, f := range pkg.Files {
			files = append(files, f)
			x.pkgs[f] = pkg
		}
	}
	x.root = inspector.New(files).Root()
	for file := range x.root.Children() {
		pkg := x.pkgs[file.Node().(*ast.File)]
		for c := range file.Preorder((*ast.Ident)(nil), (*ast.CallExpr)(nil)) {
			switch n := c.Node().(type) {
			case *ast.CallExpr:
				x.calls[n] = c
			case *ast.Ident:
				switch obj := pkg.Info.Uses[n].(type) {
				case *types.Var:
					x.uses[obj.Origin()] = append(x.uses[obj.Origin()], c)
				case *types.Func:
					x.uses[obj.Origin()] = append(x.uses[obj.Origin()], c)
				}
			}
		}
	}
	p.named = x
	return x
}

// Cursors are all nodes of the given types, in the order of the files.
func (p *Program) Cursors(types ...ast.Node) func(yield func(inspector.Cursor) bool) {
	return func(yield func(inspector.Cursor) bool) { p.naming().root.Preorder(types...)(yield) }
}

// CursorOf is a call's place in the syntax.
func (p *Program) CursorOf(call *ast.CallExpr) (inspector.Cursor, bool) {
	c, ok := p.naming().calls[call]
	return c, ok
}

// UsesOf are the identifiers that mean a variable, field or function, without those that declare it.
func (p *Program) UsesOf(obj types.Object) []inspector.Cursor {
	switch o := obj.(type) {
	case *types.Var:
		return p.naming().uses[o.Origin()]
	case *types.Func:
		return p.naming().uses[o.Origin()]
	}
	return nil
}

// PackageAt is the package of a node.
func (p *Program) PackageAt(c inspector.Cursor) *Package {
	for f := range c.Enclosing((*ast.File)(nil)) {
		return p.naming().pkgs[f.Node().(*ast.File)]
	}
	return nil
}

// FuncAt is the innermost function around a node; nil in the initialisation of package variables.
func (p *Program) FuncAt(c inspector.Cursor) *Func {
	for f := range c.Enclosing((*ast.FuncLit)(nil), (*ast.FuncDecl)(nil)) {
		switch n := f.Node().(type) {
		case *ast.FuncLit:
			if n == c.Node() {
				continue
			}
			return p.byLit[n]
		case *ast.FuncDecl:
			if obj, ok := p.PackageAt(f).Info.Defs[n.Name].(*types.Func); ok {
				return p.FuncOf(obj)
			}
			return nil
		}
	}
	return nil
}

// Exposed says whether code that was not read may call a declared function: it
// has an exported name, and a method with one may be called through an interface.
func (f *Func) Exposed() bool {
	if f.Decl == nil || f.Obj == nil {
		return true
	}
	if !f.Obj.Exported() {
		return false
	}
	return f.Decl.Recv != nil || f.Pkg.Name != "main"
}

// exposedVar says whether code that was not read may get at a field or package variable by its name.
func exposedVar(v *types.Var, pkg *Package) bool {
	if !v.Exported() && !v.Embedded() {
		return false
	}
	if v.Embedded() && !v.Exported() {
		return false
	}
	return pkg == nil || pkg.Name != "main"
}

// Skips are the ways out of a function on which a step is not come by.
func (g *Graph) Skips(step ast.Node) []ast.Node {
	_, exits := g.Search(nil, func(n ast.Node) bool { return n == step }, nil)
	return exits
}
