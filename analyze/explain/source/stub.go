package source

import (
	_ "embed"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"
)

//go:embed stubs.txtar
var stubArchive []byte

// stubs are small packages of the names that the analysis needs to know, for
// where the source of the real ones is not there.
type stubs struct {
	fset  *token.FileSet
	mu    sync.Mutex
	text  map[string][]byte
	ready map[string]*types.Package
}

func newStubs(fset *token.FileSet) *stubs {
	s := &stubs{fset: fset, text: map[string][]byte{}, ready: map[string]*types.Package{}}
	for _, f := range txtar.Parse(stubArchive).Files {
		s.text[strings.TrimSuffix(f.Name, ".go")] = f.Data
	}
	return s
}

// get is the stub of a package, nil when there is none.
func (s *stubs) get(path string) *types.Package {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.check(path)
}

func (s *stubs) check(path string) *types.Package {
	if pkg, ok := s.ready[path]; ok {
		return pkg
	}
	text := s.text[path]
	if text == nil {
		return nil
	}
	syntax, err := parser.ParseFile(s.fset, "stub/"+path, text, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	conf := types.Config{Importer: stubImporter{s}, IgnoreFuncBodies: true, Error: func(error) {}}
	pkg, _ := conf.Check(path, s.fset, []*ast.File{syntax}, nil) // a test sees that there are no errors
	s.ready[path] = pkg
	return pkg
}

type stubImporter struct{ stubs *stubs }

// Import gives another stub.
func (i stubImporter) Import(path string) (*types.Package, error) {
	if pkg := i.stubs.check(path); pkg != nil {
		return pkg, nil
	}
	return nil, errAbsent
}
