package code

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
)

// places are, of one top-level declaration, the parents of its nodes and the places where its variables are read or written.
type places struct {
	parents map[ast.Node]ast.Node
	uses    map[*types.Var][]*ast.Ident
}

// placesAt are those of the declaration around a node.
func (p *Program) placesAt(n ast.Node) *places {
	file := p.files[p.Fset.Position(n.Pos()).Filename]
	if file == nil {
		return nil
	}
	if decl := file.declAt(n.Pos()); decl != nil {
		return p.placesOf(file, decl)
	}
	return nil
}

// declAt is the top-level declaration around a position.
func (f *file) declAt(pos token.Pos) ast.Decl {
	decls := f.syntax.Decls
	i := sort.Search(len(decls), func(i int) bool { return decls[i].End() > pos })
	if i < len(decls) && decls[i].Pos() <= pos {
		return decls[i]
	}
	return nil
}

func (p *Program) placesOf(file *file, decl ast.Decl) *places {
	if all := p.places[decl]; all != nil {
		return all
	}
	all := &places{parents: map[ast.Node]ast.Node{}, uses: map[*types.Var][]*ast.Ident{}}
	var outer []ast.Node
	ast.Inspect(decl, func(n ast.Node) bool {
		if n == nil {
			outer = outer[:len(outer)-1]
			return true
		}
		if len(outer) > 0 {
			all.parents[n] = outer[len(outer)-1]
		}
		outer = append(outer, n)
		if id, ok := n.(*ast.Ident); ok {
			if v, ok := file.pkg.Info.Uses[id].(*types.Var); ok && !v.IsField() {
				all.uses[v] = append(all.uses[v], id)
			}
		}
		return true
	})
	p.places[decl] = all
	return all
}

// Parent is the node around a node; nil for declarations.
func (p *Program) Parent(n ast.Node) ast.Node {
	if all := p.placesAt(n); all != nil {
		return all.parents[n]
	}
	return nil
}

// usesOf are the places where a variable is named, but for its declaration.
func (p *Program) usesOf(v *types.Var) []*ast.Ident {
	if v.Pkg() == nil || v.Parent() != v.Pkg().Scope() {
		file := p.files[p.Fset.Position(v.Pos()).Filename]
		if file == nil {
			return nil
		}
		if decl := file.declAt(v.Pos()); decl != nil {
			return p.placesOf(file, decl).uses[v]
		}
		return nil
	}
	if p.globals == nil {
		p.globals = map[*types.Var][]*ast.Ident{}
		for _, pkg := range p.Packages {
			for _, file := range pkg.Files {
				ast.Inspect(file, func(n ast.Node) bool {
					if id, ok := n.(*ast.Ident); ok {
						if g, ok := pkg.Info.Uses[id].(*types.Var); ok && g.Pkg() != nil && g.Parent() == g.Pkg().Scope() {
							p.globals[g] = append(p.globals[g], id)
						}
					}
					return true
				})
			}
		}
	}
	return p.globals[v]
}

// packageAt is the package of the file that holds a node.
func (p *Program) packageAt(n ast.Node) *Package {
	if file := p.files[p.Fset.Position(n.Pos()).Filename]; file != nil {
		return file.pkg
	}
	return nil
}

// CallOf is the call of an expression, by a go or defer statement or plain; nil for builtins and conversions.
func (p *Program) CallOf(x *ast.CallExpr) *Call {
	if p.callOf == nil {
		p.callOf = map[*ast.CallExpr]*Call{}
		for _, c := range p.calls {
			if c.Kind != Launch {
				p.callOf[c.Expr] = c
			}
		}
	}
	return p.callOf[x]
}

// launchOf is what a launcher's call runs; nil when the call is none.
func (p *Program) launchOf(x *ast.CallExpr) *Call {
	if p.launchesOf == nil {
		p.launchesOf = map[*ast.CallExpr]*Call{}
		for _, c := range p.calls {
			if c.Kind == Launch {
				p.launchesOf[c.Expr] = c
			}
		}
	}
	return p.launchesOf[x]
}

// entryOf makes entries that are the same chain of calls the same entry.
func (p *Program) entryOf(e *entry) *entry {
	key := entryKey{e.call, e.outer}
	if known := p.entries[key]; known != nil {
		return known
	}
	p.entries[key] = e
	return e
}

type entryKey struct {
	call  *Call
	outer *entry
}

// methodValues are the places where a method is taken as a value, as x.Close without a call.
func (p *Program) methodValues(f *Func) []*ast.SelectorExpr {
	if p.boundAt == nil {
		p.boundAt = map[*Func][]*ast.SelectorExpr{}
		for _, pkg := range p.Packages {
			for _, file := range pkg.Files {
				called := map[ast.Expr]bool{}
				ast.Inspect(file, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.CallExpr:
						called[ast.Unparen(n.Fun)] = true
					case *ast.SelectorExpr:
						s := pkg.Info.Selections[n]
						if s == nil || s.Kind() != types.MethodVal || called[n] {
							return true
						}
						if fn, ok := s.Obj().(*types.Func); ok {
							if m := p.FuncOf(fn); m != nil {
								p.boundAt[m] = append(p.boundAt[m], n)
							}
						}
					}
					return true
				})
			}
		}
	}
	return p.boundAt[f]
}

// aroundNode is the function a node stands in: a call of a literal begins with that, and is not in it.
func (p *Program) aroundNode(n ast.Node) *Func {
	pos := n.Pos()
	if x, ok := n.(*ast.ExprStmt); ok {
		n = x.X
	}
	if call, ok := n.(*ast.CallExpr); ok {
		pos = call.Rparen
	}
	return p.Around(pos)
}

// siblings are the methods of the type that f is a method of, which name their receiver.
func (p *Program) siblings(f *Func) []*Func {
	if p.methodsOf == nil {
		p.methodsOf = map[string][]*Func{}
		for _, m := range p.Funcs {
			if r := m.Receiver(); r != nil {
				p.methodsOf[TypeName(r.Type())] = append(p.methodsOf[TypeName(r.Type())], m)
			}
		}
	}
	return p.methodsOf[TypeName(f.Receiver().Type())]
}
