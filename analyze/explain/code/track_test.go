package code

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestTrack follows the call on the line marked `// track` of each archive's a.go, and compares what is done with its first result with the file want.
func TestTrack(t *testing.T) {
	archives, err := filepath.Glob("testdata/track/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for _, name := range archives {
		t.Run(filepath.Base(name), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			text := string(archive.Files[0].Data)
			syntax, err := parser.ParseFile(fset, name+"/a.go", text, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			info := &types.Info{
				Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
				Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
			}
			pkg, err := (&types.Config{Importer: std}).Check("a", fset, []*ast.File{syntax}, info)
			if err != nil {
				t.Fatal(err)
			}
			p := New(fset, []*Package{{Path: "a", Name: "a", Files: []*ast.File{syntax}, Types: pkg, Info: info}})
			var fields []string
			if s := strings.TrimSpace(string(archive.Comment)); s != "" {
				fields = strings.Fields(s)
			}
			var got strings.Builder
			for i, line := range strings.Split(text, "\n") {
				if !strings.HasSuffix(line, "// track") {
					continue
				}
				calls := p.CallAt(name+"/a.go", i+1, Plain)
				if len(calls) == 0 {
					t.Fatalf("no call on line %d", i+1)
				}
				track := p.Track(calls[0].Expr, 0, fields...)
				for _, u := range track.Uses {
					fmt.Fprintf(&got, "%d %s %s in %s", p.Line(u.Node), u.Kind, u.Name, u.In.Name)
					for _, c := range u.Via {
						fmt.Fprintf(&got, " by %d", p.Line(c.Expr))
					}
					if u.AtEnd() {
						got.WriteString(" at end")
					}
					if u.Apart() {
						got.WriteString(" apart")
					}
					if u.Unread {
						got.WriteString(" unread")
					}
					got.WriteString("\n")
				}
				if track.Partial {
					got.WriteString("partial\n")
				}
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got.String()); diff != "" {
				t.Errorf("followed otherwise (-want +got):\n%s", diff)
			}
		})
	}
}
