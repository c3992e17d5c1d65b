// Package code holds a target's source as facts that can be asked for: its
// functions by the names a profile gives them, what calls what, which
// operations work on one channel, lock or context, and which paths lead from
// one statement to another. It is pure: packages arrive parsed and, as far as
// they are whole, type-checked.
//
// The analysis stands on syntax and types and not on SSA form: what it finds
// becomes a diff of the syntax in the end, it must go on where a package does
// not load whole, and it needs half the memory.
package code

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
)

// Package is one package as it was read.
type Package struct {
	Path  string // import path
	Name  string
	Files []*ast.File
	Types *types.Package
	Info  *types.Info
	// Errors is what the parser and the type checker said, nil when all is well.
	Errors []error
}

// Program is all packages that were read, and what is known of them together.
// It is built once and only read afterwards, by one goroutine.
type Program struct {
	Fset     *token.FileSet
	Packages []*Package

	Funcs []*Func
	byObj map[*types.Func]*Func
	byLit map[*ast.FuncLit]*Func
	files map[string]*file // by name in Fset

	calls     []*Call
	callersOf map[*Func][]*Call
	callsIn   map[*Func][]*Call

	values map[any]*Value
	ops    []*Op
	opsOf  map[*Value][]*Op // by root, filled when all values are joined
	index  index
	locks  locks

	implementers map[*types.Func][]*Func
	graphs       map[*Func]*Graph

	// Made when they are asked for first.
	places     map[ast.Decl]*places
	globals    map[*types.Var][]*ast.Ident
	sets       map[*types.Var][]Source
	callOf     map[*ast.CallExpr]*Call
	launchesOf map[*ast.CallExpr]*Call
	entries    map[entryKey]*entry
	boundAt    map[*Func][]*ast.SelectorExpr
	methodsOf  map[string][]*Func // by the receiver's type name
}

// file is one file's syntax and the functions in it, outer before inner.
type file struct {
	syntax *ast.File
	pkg    *Package
	funcs  []*Func
}

// New builds the facts of packages that share one file set.
func New(fset *token.FileSet, packages []*Package) *Program {
	p := &Program{
		Fset: fset, Packages: packages,
		byObj: map[*types.Func]*Func{}, byLit: map[*ast.FuncLit]*Func{}, files: map[string]*file{},
		callersOf: map[*Func][]*Call{}, callsIn: map[*Func][]*Call{}, values: map[any]*Value{}, opsOf: map[*Value][]*Op{},
		implementers: map[*types.Func][]*Func{}, graphs: map[*Func]*Graph{},
		places: map[ast.Decl]*places{}, entries: map[entryKey]*entry{},
	}
	for _, pkg := range packages {
		for _, syntax := range pkg.Files {
			p.addFile(pkg, syntax)
		}
	}
	for _, f := range p.Funcs {
		p.bindFunc(f)
	}
	for _, pkg := range packages {
		p.bindGlobals(pkg)
	}
	p.resolveCalls()
	for _, c := range p.calls {
		p.callsIn[c.In] = append(p.callsIn[c.In], c)
	}
	p.index = indexed(p)
	p.locks = newLocks()
	for _, op := range p.ops {
		root := op.On.root()
		p.opsOf[root] = append(p.opsOf[root], op)
	}
	return p
}

// Files are the names of all files, sorted.
func (p *Program) Files() []string {
	names := make([]string, 0, len(p.files))
	for name := range p.files {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Has says whether a file was read.
func (p *Program) Has(name string) bool { return p.files[name] != nil }

// Syntax is a file's syntax, nil when it was not read.
func (p *Program) Syntax(name string) *ast.File {
	if f := p.files[name]; f != nil {
		return f.syntax
	}
	return nil
}

// Position is where a node begins.
func (p *Program) Position(pos token.Pos) token.Position { return p.Fset.Position(pos) }

// Line is the line on which a node begins.
func (p *Program) Line(n ast.Node) int { return p.Fset.Position(n.Pos()).Line }

func (p *Program) addFile(pkg *Package, syntax *ast.File) {
	name := p.Fset.Position(syntax.FileStart).Filename
	f := &file{syntax: syntax, pkg: pkg}
	p.files[name] = f
	for _, decl := range syntax.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			p.addDecl(f, d)
		case *ast.GenDecl:
			p.addLiterals(f, nil, d)
		}
	}
}
