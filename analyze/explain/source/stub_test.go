package source

import (
	"go/ast"
	goimporter "go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

// Stubs say nothing that the real packages do not say.
func TestStubsAreAsTheRealPackages(t *testing.T) {
	fset := token.NewFileSet()
	real := goimporter.ForCompiler(fset, "source", nil)
	s := newStubs(fset)
	for _, path := range sortedKeys(s.text) {
		syntax, err := parser.ParseFile(fset, path, s.text[path], 0)
		if err != nil {
			t.Fatal(err)
		}
		conf := types.Config{Importer: stubImporter{s}, IgnoreFuncBodies: true}
		if _, err := conf.Check(path, fset, []*ast.File{syntax}, nil); err != nil {
			t.Fatal(err)
		}
		stub := s.get(path)
		want, err := real.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range stub.Scope().Names() {
			got, there := stub.Scope().Lookup(name), want.Scope().Lookup(name)
			if there == nil {
				t.Errorf("%s has no %s", path, name)
				continue
			}
			compare(t, got, there)
		}
	}
}

func compare(t *testing.T, got, want types.Object) {
	t.Helper()
	qualify := func(p *types.Package) string { return p.Path() }
	text := func(o types.Object) string {
		if sig, ok := o.Type().(*types.Signature); ok {
			return types.TypeString(unnamed(sig), qualify)
		}
		return types.TypeString(o.Type(), qualify)
	}
	if text(got) != text(want) {
		t.Errorf("%s.%s is %s, and really %s", got.Pkg().Path(), got.Name(), text(got), text(want))
	}
	named, ok := got.Type().(*types.Named)
	if !ok {
		return
	}
	if _, isType := got.(*types.TypeName); !isType {
		return
	}
	for i := range named.NumMethods() {
		m := named.Method(i)
		o, _, _ := types.LookupFieldOrMethod(want.Type(), true, want.Pkg(), m.Name())
		if o == nil {
			t.Errorf("%s has no method %s", got.Name(), m.Name())
			continue
		}
		if a, b := text(m), text(o); a != b {
			t.Errorf("%s.%s is %s, and really %s", got.Name(), m.Name(), a, b)
		}
	}
	for _, f := range fieldsOf(named) {
		o, _, _ := types.LookupFieldOrMethod(want.Type(), true, want.Pkg(), f.Name())
		if f.Name() == "_" {
			continue
		}
		if o == nil || text(o) != text(f) {
			t.Errorf("%s.%s is %s, and really %v", got.Name(), f.Name(), text(f), o)
		}
	}
}

func fieldsOf(n *types.Named) (out []*types.Var) {
	if st, ok := n.Underlying().(*types.Struct); ok {
		for f := range st.Fields() {
			out = append(out, f)
		}
	}
	return out
}

// unnamed is a signature without the names of its parameters and without its receiver.
func unnamed(s *types.Signature) *types.Signature {
	strip := func(t *types.Tuple) *types.Tuple {
		var out []*types.Var
		for v := range t.Variables() {
			out = append(out, types.NewVar(token.NoPos, nil, "", v.Type()))
		}
		return types.NewTuple(out...)
	}
	return types.NewSignatureType(nil, nil, nil, strip(s.Params()), strip(s.Results()), s.Variadic())
}
