package logcap_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure are the rooms whose answers depend on their arguments alone.
var pure = []string{"analyze", "analyze/goroutine", "analyze/growth", "analyze/exectrace", "analyze/lineage", "analyze/explain/code", "analyze/explain/mechanism", "capture/record", "capture/jsontext", "capture/process", "report"}

const pureWhy = "the same recording must give the same report, byte for byte, on any day and any machine: time and bytes arrive in the data"

// impure are the imports and the functions that bring a clock or I/O with them.
var (
	impureImports = []string{"os", "net", "os/exec", "os/signal", "syscall", "log", "log/slog", "net/http", "math/rand", "math/rand/v2", "crypto/rand"}
	impureCalls   = []string{"time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc", "time.Sleep", "time.Tick", "time.NewTimer", "time.NewTicker"}
)

// source is one Go file of this module.
type source struct {
	path string // slashes, from the root
	room string // its folder; "." for the root
	test bool
	text []byte
	fset *token.FileSet
	ast  *ast.File
}

func (s source) at(pos token.Pos) string {
	return s.path + ":" + strconv.Itoa(s.fset.Position(pos).Line)
}

// imported is the path a selector's package name stands for in this file; "" when it is none.
func (s source) imported(x ast.Expr) string {
	id, ok := x.(*ast.Ident)
	if !ok {
		return ""
	}
	for _, spec := range s.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		name := path.Base(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if name == id.Name {
			return p
		}
	}
	return ""
}

// sources are the Go files of this module, without those of nested modules
// (testdata programs leak and panic on purpose).
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	fset := token.NewFileSet()
	walk(t, func(p string) {
		if path.Ext(p) != ".go" {
			return
		}
		text, err := os.ReadFile(filepath.FromSlash(p))
		if err != nil {
			t.Fatal(err)
		}
		tree, err := parser.ParseFile(fset, p, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Errorf("parse: %v", err)
			return
		}
		all = append(all, source{p, path.Dir(p), strings.HasSuffix(p, "_test.go"), text, fset, tree})
	})
	if len(all) < 10 {
		t.Fatalf("found %d Go files: the walk does not see the house", len(all))
	}
	return all
}

// walk visits the files of this module; nested modules, testdata and what git ignores are left out.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			if err == nil {
				visit(filepath.ToSlash(p))
			}
			return err
		}
		_, nested := os.Stat(filepath.Join(p, "go.mod"))
		name := d.Name()
		if p != "." && (nested == nil || strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPureRooms(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !slices.Contains(pure, s.room) {
			continue
		}
		for _, spec := range s.ast.Imports {
			if p, _ := strconv.Unquote(spec.Path.Value); slices.Contains(impureImports, p) {
				t.Errorf("%s imports %s, and %s is pure: %s", s.at(spec.Pos()), p, s.room, pureWhy)
			}
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if name := s.imported(sel.X) + "." + sel.Sel.Name; slices.Contains(impureCalls, name) {
					t.Errorf("%s uses %s, and %s is pure: %s", s.at(sel.Pos()), name, s.room, pureWhy)
				}
			}
			return true
		})
	}
}

func TestNobodyEndsTheProcess(t *testing.T) {
	const why = "only main may end the process: everywhere else an error is returned, so that the caller can finish what it holds"
	for _, s := range sources(t) {
		// A terminal in raw mode sends no signal: there the second Ctrl-C is a
		// key, and has to do what the signal does, whatever the watch is waiting for.
		secondCtrlC := s.path == "commands/liveview.go"
		if s.test || s.ast.Name.Name == "main" || secondCtrlC {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch f := call.Fun.(type) {
			case *ast.Ident:
				if f.Name == "panic" {
					t.Errorf("%s panics: %s", s.at(call.Pos()), why)
				}
			case *ast.SelectorExpr:
				from := s.imported(f.X)
				if from == "os" && f.Sel.Name == "Exit" || from == "log" && (strings.HasPrefix(f.Sel.Name, "Fatal") || strings.HasPrefix(f.Sel.Name, "Panic")) {
					t.Errorf("%s calls %s.%s: %s", s.at(call.Pos()), from, f.Sel.Name, why)
				}
			}
			return true
		})
	}
}

// A package-level var is a table: it has its value from the start and keeps it.
func TestNoPackageState(t *testing.T) {
	const why = "two watches in one process, or two tests, must not be able to see each other"
	for room, files := range byPackage(sources(t)) {
		if within(room, "scripts") { // programs of one run, called by hand
			continue
		}
		info := check(files)
		vars := map[types.Object]bool{}
		for _, s := range files {
			for _, decl := range s.ast.Decls {
				gen, ok := decl.(*ast.GenDecl)
				if !ok || gen.Tok != token.VAR {
					continue
				}
				for _, spec := range gen.Specs {
					v := spec.(*ast.ValueSpec)
					for _, name := range v.Names {
						vars[info.Defs[name]] = name.Name != "_"
						if embedded := gen.Doc != nil && strings.Contains(commentText(gen.Doc), "go:embed"); len(v.Values) == 0 && !embedded {
							t.Errorf("%s: %s has no value and so waits for one: %s", s.at(name.Pos()), name.Name, why)
						}
						if what := stateful(s, v); what != "" {
							t.Errorf("%s: %s is a %s, which is state: %s", s.at(name.Pos()), name.Name, what, why)
						}
					}
				}
			}
		}
		for _, s := range files {
			ast.Inspect(s.ast, func(n ast.Node) bool {
				for _, x := range written(n) {
					if id := root(x); id != nil && vars[info.Uses[id]] {
						t.Errorf("%s changes the package's %s: %s", s.at(id.Pos()), id.Name, why)
					}
				}
				return true
			})
		}
	}
}

// byPackage groups the files that are not tests by folder.
func byPackage(all []source) map[string][]source {
	m := map[string][]source{}
	for _, s := range all {
		if !s.test {
			m[s.room] = append(m[s.room], s)
		}
	}
	return m
}

// check resolves the names within a package. Imports stay unresolved: only the package's own vars matter.
func check(files []source) *types.Info {
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: noImporter{}, Error: func(error) {}}
	var trees []*ast.File
	for _, s := range files {
		trees = append(trees, s.ast)
	}
	_, _ = conf.Check(files[0].room, files[0].fset, trees, info) // unresolved imports are errors, and expected
	return info
}

type noImporter struct{}

func (noImporter) Import(string) (*types.Package, error) { return nil, errors.New("not needed") }

// stateful names the type of a var that is state whatever is done with it; "" for the others.
func stateful(s source, v *ast.ValueSpec) string {
	found := ""
	for _, x := range append([]ast.Expr{v.Type}, v.Values...) {
		if x == nil {
			continue
		}
		ast.Inspect(x, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				return false
			case *ast.ChanType:
				found = "channel"
			case *ast.SelectorExpr:
				name := s.imported(n.X) + "." + n.Sel.Name
				once := strings.HasPrefix(name, "sync.Once") && name != "sync.Once" // a table made on first use
				if name == "bytes.Buffer" || strings.HasPrefix(name, "sync/atomic.") || strings.HasPrefix(name, "sync.") && !once {
					found = name
				}
			}
			return true
		})
	}
	return found
}

// written are the expressions a node assigns to, or takes the address of.
func written(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if id, ok := n.Fun.(*ast.Ident); ok && (id.Name == "delete" || id.Name == "clear") {
			return n.Args[:1]
		}
	}
	return nil
}

// root is the variable that x.f[i] is a part of.
func root(x ast.Expr) *ast.Ident {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			return e
		case *ast.IndexExpr:
			x = e.X
		case *ast.SelectorExpr:
			x = e.X
		case *ast.ParenExpr:
			x = e.X
		case *ast.StarExpr:
			x = e.X
		default:
			return nil
		}
	}
}

func commentText(g *ast.CommentGroup) string {
	var b strings.Builder
	for _, c := range g.List {
		b.WriteString(c.Text)
	}
	return b.String()
}
