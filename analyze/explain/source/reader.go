package source

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"sync"
)

// reader reads and parses files, each once.
type reader struct {
	fset  *token.FileSet
	mu    sync.Mutex
	files map[string]*file
}

// file is one file as it was read.
type file struct {
	once   sync.Once
	text   []byte
	syntax *ast.File // nil when it could not be read
	err    error     // of reading or parsing; the syntax may hold a part nevertheless
	// generated: it says that a program made it. cgo: it imports "C".
	generated, cgo bool
	outline        []*decl
}

func newReader(fset *token.FileSet) *reader {
	return &reader{fset: fset, files: map[string]*file{}}
}

// file reads and parses a file, whole and with its comments.
func (r *reader) file(name string) *file {
	r.mu.Lock()
	f := r.files[name]
	if f == nil {
		f = &file{}
		r.files[name] = f
	}
	r.mu.Unlock()
	f.once.Do(func() {
		f.text, f.err = os.ReadFile(name)
		if f.err != nil {
			return
		}
		f.syntax, f.err = parser.ParseFile(r.fset, name, f.text, parser.ParseComments|parser.SkipObjectResolution)
		if f.syntax == nil {
			return
		}
		f.generated = ast.IsGenerated(f.syntax)
		f.cgo = importsC(f.syntax)
		f.outline = outline(r.fset, f.syntax)
	})
	return f
}

// known is a file that was read before, nil when it was not.
func (r *reader) known(name string) *file {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.files[name]
}

// lines counts a file's lines, without keeping it.
func (r *reader) lines(name string) int {
	text, err := os.ReadFile(name)
	if err != nil {
		return 0
	}
	return bytes.Count(text, []byte("\n"))
}

// declarations parses a file for what it declares and forgets its text and its bodies.
func (r *reader) declarations(name string) *ast.File {
	syntax, err := parser.ParseFile(r.fset, name, nil, parser.SkipObjectResolution)
	if syntax == nil || err != nil && len(syntax.Decls) == 0 {
		return nil
	}
	strip(syntax)
	return syntax
}

func importsC(syntax *ast.File) bool {
	for _, spec := range syntax.Imports {
		if spec.Path.Value == `"C"` {
			return true
		}
	}
	return false
}

// strip takes out of a file's syntax what its declarations' types do not depend on.
func strip(syntax *ast.File) {
	for _, d := range syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			d.Body = nil
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && v.Type != nil {
					v.Values = nil
				}
			}
			ast.Inspect(d, func(n ast.Node) bool {
				if lit, ok := n.(*ast.FuncLit); ok {
					lit.Body = &ast.BlockStmt{Lbrace: lit.Body.Lbrace, Rbrace: lit.Body.Rbrace}
				}
				return true
			})
		}
	}
}
