package code

import (
	"go/ast"
	"go/token"
	"go/types"
)

// SpecOf is the declaration of a variable by var, and its package; nil when it is declared otherwise.
func (p *Program) SpecOf(v *types.Var) (*ast.ValueSpec, *Package) {
	file := p.files[p.Fset.Position(v.Pos()).Filename]
	if file == nil {
		return nil, nil
	}
	var found *ast.ValueSpec
	for _, decl := range file.syntax.Decls {
		if decl.Pos() > v.Pos() || v.Pos() >= decl.End() {
			continue
		}
		ast.Inspect(decl, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for _, name := range spec.Names {
					if name.Pos() == v.Pos() {
						found = spec
					}
				}
			}
			return found == nil
		})
	}
	return found, file.pkg
}

// TypeText writes a type as the file at a position can say it; false when it needs a package that is not imported there, or a name that is not exported.
func (p *Program) TypeText(pkg *Package, at token.Pos, t types.Type) (string, bool) {
	file := p.files[p.Fset.Position(at).Filename]
	if file == nil || pkg == nil {
		return "", false
	}
	ok := true
	s := types.TypeString(t, func(other *types.Package) string {
		if other == pkg.Types {
			return ""
		}
		for _, spec := range file.syntax.Imports {
			var name *types.PkgName
			if spec.Name != nil {
				name, _ = pkg.Info.Defs[spec.Name].(*types.PkgName)
			} else {
				name, _ = pkg.Info.Implicits[spec].(*types.PkgName)
			}
			if name != nil && name.Imported() == other && name.Name() != "_" && name.Name() != "." {
				return name.Name()
			}
		}
		ok = false
		return other.Name()
	})
	return s, ok
}
