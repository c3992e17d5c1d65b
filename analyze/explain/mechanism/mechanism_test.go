package mechanism

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/code"
	"github.com/logcap/logcap/analyze/explain/repair"
	"github.com/logcap/logcap/analyze/goroutine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var update = flag.Bool("update", false, "write what is decided into the archives' want files")

// TestDecide reads testdata/MECHANISM/NAME.txtar: files of one module "m" and
// what is decided of it. The first line of its comment is the wait state.
// Markers at the ends of lines make the finding: `// stack:0` is where the
// goroutines wait, `// stack:1` the line that calls it, and so on; `// launch`
// is the go statement or launcher's call; `// lineage:0` the nearest ancestor's line.
// Further lines of the comment are what was measured.
func TestDecide(t *testing.T) {
	archives, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	fset := token.NewFileSet()
	std := importer.ForCompiler(fset, "source", nil)
	for _, name := range archives {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(name, "testdata/"), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			m := load(t, fset, std, name, archive)
			d, excluded := Decide(New(m.program, m.finding, func(p analyze.Position) (string, int, bool) { return p.File, p.Line, m.program.Has(p.File) }))
			got := m.render(t, d, excluded)
			for i := range archive.Files {
				f := &archive.Files[i]
				if f.Name != "want" {
					continue
				}
				if *update {
					f.Data = []byte(got)
					if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
						t.Fatal(err)
					}
				} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
					t.Errorf("decided otherwise (-want +got):\n%s", diff)
				}
				return
			}
			t.Fatalf("no file named want; this is decided:\n%s", got)
		})
	}
}

// module is a small program with a finding in it.
type module struct {
	fset    *token.FileSet
	program *code.Program
	finding *analyze.Finding
	text    map[string][]byte
	types   *chain
}

// chain imports a module's own packages before those of the standard library.
type chain struct {
	own map[string]*types.Package
	std types.Importer
}

func (c *chain) Import(path string) (*types.Package, error) {
	if p := c.own[path]; p != nil {
		return p, nil
	}
	return c.std.Import(path)
}

// load checks an archive's packages, in the order in which they stand.
func load(t *testing.T, fset *token.FileSet, std types.Importer, name string, archive *txtar.Archive) *module {
	t.Helper()
	m := &module{fset: fset, text: map[string][]byte{}, types: &chain{own: map[string]*types.Package{}, std: std}}
	var order []string
	files := map[string][]*ast.File{}
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".go") {
			continue
		}
		full := name + "/" + f.Name
		syntax, err := parser.ParseFile(fset, full, f.Data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		m.text[full] = f.Data
		dir := path.Dir(f.Name)
		if files[dir] == nil {
			order = append(order, dir)
		}
		files[dir] = append(files[dir], syntax)
	}
	var packages []*code.Package
	for _, dir := range order {
		packages = append(packages, m.check(t, path.Join("m", dir), files[dir]))
	}
	m.program = code.New(fset, packages)
	state, rest, _ := strings.Cut(string(archive.Comment), "\n")
	m.finding = m.marked(t, goroutine.State(strings.TrimSpace(state)))
	m.measured(t, rest)
	return m
}

func (m *module) check(t *testing.T, path string, files []*ast.File) *code.Package {
	t.Helper()
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
	}
	pkg, err := (&types.Config{Importer: m.types}).Check(path, m.fset, files, info)
	if err != nil {
		t.Fatal(err)
	}
	m.types.own[path] = pkg
	return &code.Package{Path: path, Name: files[0].Name.Name, Files: files, Types: pkg, Info: info}
}

// render writes a decision for people to compare, and checks that its change compiles.
func (m *module) render(t *testing.T, d *Decision, excluded []Excluded) string {
	t.Helper()
	var b strings.Builder
	at := func(p Place) string {
		pos := m.fset.Position(p.Pos)
		_, file, _ := strings.Cut(filepath.ToSlash(pos.Filename), ".txtar/")
		return fmt.Sprintf("%s:%d: %s", file, pos.Line, p.Text)
	}
	if d == nil {
		b.WriteString("undecided\n")
	} else {
		sure := "sure"
		if !d.Sure {
			sure = "perhaps"
		}
		fmt.Fprintf(&b, "%s, %s\ncause %s\n", d.Mechanism, sure, at(d.Cause))
		for _, e := range d.Evidence {
			fmt.Fprintf(&b, "because %s\n", at(e))
		}
		for _, k := range d.Candidates {
			fmt.Fprintf(&b, "candidate %.2f %s: %s\n", k.Score, at(k.Place), k.Why)
		}
		for _, o := range d.Others {
			fmt.Fprintf(&b, "or %s\n", at(o))
		}
		if d.Fix != nil {
			fmt.Fprintf(&b, "fix: %s. %s\n", d.Fix.Title, d.Fix.Why)
			for _, s := range d.Fix.Steps {
				fmt.Fprintf(&b, "step: %s\n", s)
			}
			b.WriteString(m.changed(t, d))
		}
	}
	for _, e := range excluded {
		fmt.Fprintf(&b, "not %s: %s\n", e.Mechanism, e.Why)
	}
	return b.String()
}

// changed applies a fix and type-checks what comes of it. It shows the lines that differ.
func (m *module) changed(t *testing.T, d *Decision) string {
	t.Helper()
	texts := map[string][]byte{}
	edits := slices.Clone(d.Fix.Edits)
	slices.SortStableFunc(edits, func(a, b repair.Edit) int { return int(b.Pos - a.Pos) })
	for _, e := range edits {
		from, to := m.fset.Position(e.Pos), m.fset.Position(e.End)
		text := texts[from.Filename]
		if text == nil {
			text = slices.Clone(m.text[from.Filename])
		}
		texts[from.Filename] = slices.Concat(text[:from.Offset], []byte(e.New), text[to.Offset:])
	}
	var b strings.Builder
	for name, text := range texts {
		for _, line := range differing(m.text[name], text) {
			b.WriteString(line + "\n")
		}
	}
	if err := m.recheck(texts); err != nil && len(d.Fix.Imports) == 0 {
		t.Errorf("the fix does not compile: %v", err)
	}
	return b.String()
}

// recheck type-checks the module with some files changed.
func (m *module) recheck(texts map[string][]byte) error {
	again := &chain{own: map[string]*types.Package{}, std: m.types.std}
	for _, pkg := range m.program.Packages {
		var files []*ast.File
		for _, f := range pkg.Files {
			name := m.fset.Position(f.FileStart).Filename
			text := m.text[name]
			if t := texts[name]; t != nil {
				text = t
			}
			syntax, err := parser.ParseFile(m.fset, name, text, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			files = append(files, syntax)
		}
		p, err := (&types.Config{Importer: again}).Check(pkg.Path, m.fset, files, nil)
		if err != nil {
			return errors.Join(fmt.Errorf("package %s", pkg.Path), err)
		}
		again.own[pkg.Path] = p
	}
	return nil
}

// differing are the lines only one of two texts has, by what is the same before and behind them.
func differing(before, after []byte) []string {
	a, b := bytes.Split(before, []byte("\n")), bytes.Split(after, []byte("\n"))
	inA, inB := map[string]int{}, map[string]int{}
	for _, l := range a {
		inA[string(l)]++
	}
	for _, l := range b {
		inB[string(l)]++
	}
	var out []string
	for _, l := range a {
		if inA[string(l)] > inB[string(l)] {
			out = append(out, "- "+string(bytes.TrimSpace(l)))
			inA[string(l)]--
		}
	}
	for _, l := range b {
		if inB[string(l)] > inA[string(l)] {
			out = append(out, "+ "+string(bytes.TrimSpace(l)))
			inB[string(l)]--
		}
	}
	return out
}
