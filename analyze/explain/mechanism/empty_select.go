package mechanism

import (
	"fmt"
	"go/ast"
	"strings"

	"github.com/logcap/logcap/analyze/explain/repair"
)

// emptySelect: the goroutines wait in a select without cases.
func emptySelect(c *Case) (*Decision, string) {
	if !strings.Contains(string(c.State), "no cases") || len(c.Frames) == 0 {
		return nil, ""
	}
	f := c.Frames[0]
	var found *ast.SelectStmt
	ast.Inspect(f.Func.Body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectStmt); ok && len(s.Body.List) == 0 && (found == nil || c.Program.Line(s) == f.Line) {
			found = s
		}
		return true
	})
	if found == nil {
		return nil, "there is no empty select in " + f.Func.Name
	}
	d := &Decision{
		Sure:     true,
		Cause:    Place{found.Pos(), "a select without cases waits for ever"},
		Evidence: []Place{{found.Pos(), fmt.Sprintf("%s comes to this select and stays", f.Func.Name)}},
	}
	if ctx := c.contextAt(f.Func, found, found.Body); ctx != "" {
		d.Fix = &repair.Fix{
			Title: "Wait for the end of the context instead",
			Why:   fmt.Sprintf("%s is at hand, and ends when nobody needs this any more.", ctx),
			Edits: []repair.Edit{{Pos: found.Pos(), End: found.End(), New: "<-" + ctx + ".Done()"}},
		}
		return d, ""
	}
	if fix := c.nameContext(f, found); fix != nil {
		d.Fix = fix
		return d, ""
	}
	if len(c.Frames) == 1 && c.Entry == f.Func && f.Func.Type.Results.NumFields() == 0 && !strings.HasSuffix(f.Func.Name, "main.main") && !defers(f.Func.Body) {
		d.Fix = &repair.Fix{
			Title: "Return instead",
			Why:   "Nothing behind the select was ever reached, and a goroutine keeps nothing alive.",
			Edits: []repair.Edit{{Pos: found.Pos(), End: found.End(), New: "return"}},
		}
		return d, ""
	}
	d.Fix = &repair.Fix{
		Title: "Wait for something that happens",
		Why:   "Nothing ends a select without cases.",
		Steps: []string{fmt.Sprintf("hand %s a context or a channel that is closed in the end, and wait for it at %s", f.Func.Name, c.where(found.Pos()))},
	}
	return d, ""
}

func defers(body *ast.BlockStmt) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.DeferStmt:
			found = true
		}
		return !found
	})
	return found
}

// nameContext gives a context parameter without a name one, and waits for its end.
func (c *Case) nameContext(f Frame, s *ast.SelectStmt) *repair.Fix {
	for _, field := range f.Func.Type.Params.List {
		if !isContextType(f, field.Type) {
			continue
		}
		if scope := f.Func.Pkg.Scope(s); scope != nil {
			if _, taken := scope.LookupParent("ctx", s.Pos()); taken != nil {
				return nil
			}
		}
		fix := &repair.Fix{
			Title: "Wait for the end of the context instead",
			Why:   "The function is given a context, and does not look at it.",
			Edits: []repair.Edit{{Pos: s.Pos(), End: s.End(), New: "<-ctx.Done()"}},
		}
		switch {
		case len(field.Names) == 1 && field.Names[0].Name == "_":
			fix.Edits = append(fix.Edits, repair.Edit{Pos: field.Names[0].Pos(), End: field.Names[0].End(), New: "ctx"})
		case len(field.Names) == 0:
			for _, p := range f.Func.Type.Params.List {
				name := "_ "
				if p == field {
					name = "ctx "
				}
				fix.Edits = append(fix.Edits, repair.Edit{Pos: p.Pos(), End: p.Pos(), New: name})
			}
		default:
			return nil
		}
		return fix
	}
	return nil
}
