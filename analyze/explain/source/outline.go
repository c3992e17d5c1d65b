package source

import (
	"go/ast"
	"go/token"

	"github.com/logcap/logcap/analyze/explain/code"
)

// decl is a declared function by its name within the package, as "(*Cart).Total",
// and its lines; name "" is a declaration of package variables with literals in it.
type decl struct {
	name     string
	from, to int
	// literals are the function literals directly in it, in order: the compiler numbers them so.
	literals []span
	// inner are the literals within those.
	inner []span
}

// span is the first and the last line of something.
type span struct{ from, to int }

// outline are a file's functions, in order.
func outline(fset *token.FileSet, syntax *ast.File) []*decl {
	var out []*decl
	line := func(p token.Pos) int { return fset.Position(p).Line }
	for _, d := range syntax.Decls {
		o := &decl{from: line(d.Pos()), to: line(d.End())}
		switch d := d.(type) {
		case *ast.FuncDecl:
			o.name = code.LocalName(d)
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
		}
		within := token.NoPos // the end of the literal that is walked
		ast.Inspect(d, func(n ast.Node) bool {
			if lit, ok := n.(*ast.FuncLit); ok {
				lines := span{line(lit.Pos()), line(lit.End())}
				if lit.Pos() < within {
					o.inner = append(o.inner, lines)
				} else {
					o.literals, within = append(o.literals, lines), lit.End()
				}
			}
			return true
		})
		if o.name != "" || len(o.literals) > 0 {
			out = append(out, o)
		}
	}
	return out
}

// covers says whether a line is in the declaration.
func (d *decl) covers(line int) bool { return d.from <= line && line <= d.to }

// inLiteral says whether a line is in a literal of the declaration.
func (d *decl) inLiteral(line int) bool {
	for _, l := range d.literals {
		if l.from <= line && line <= l.to {
			return true
		}
	}
	return false
}

// beginsAt says whether one of some begins on a line.
func beginsAt(all []span, line int) bool {
	for _, l := range all {
		if l.from == line {
			return true
		}
	}
	return false
}
