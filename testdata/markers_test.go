package programs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// markerModule is the import path of the folders of programs.
const markerModule = "logcap.test/programs/"

// marker is a comment at the end of a line of code that holds nothing but marker words.
var marker = regexp.MustCompile(`\S\s*// ((?:leak:[a-z-]+|cause(?::[a-z-]+)?|peer)(?: (?:leak:[a-z-]+|cause(?::[a-z-]+)?|peer))*)$`)

// mark is one marker word.
type mark struct {
	kind   string // leak, cause or peer
	key    string // the style or variant it holds for; "" for all
	file   string // from the folder of the program on
	line   int
	starts bool   // the line has a go statement
	fn     string // the function around it, as the runtime prints it
}

// markers are all marks of a program.
type markers []mark

// readMarkers reads the marks in all files of a program and of the packages below it.
func readMarkers(t *testing.T, folder string) markers {
	t.Helper()
	var all markers
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		found, err := fileMarkers(name)
		all = append(all, found...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func fileMarkers(name string) (markers, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, 0)
	if err != nil {
		return nil, err
	}
	name = filepath.ToSlash(name)
	_, short, _ := strings.Cut(name, "/")
	pkg := "main"
	if file.Name.Name != pkg {
		pkg = markerModule + path.Dir(name)
	}
	started := goStatements(fset, file)
	var all markers
	for i, line := range strings.Split(string(source), "\n") {
		m := marker.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, word := range strings.Fields(m[1]) {
			kind, key, _ := strings.Cut(word, ":")
			all = append(all, mark{kind, key, short, i + 1, started[i+1], enclosing(fset, file, pkg, i+1)})
		}
	}
	return all, nil
}

// goStatements are the lines on which a go statement begins.
func goStatements(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if g, ok := n.(*ast.GoStmt); ok {
			lines[fset.Position(g.Pos()).Line] = true
		}
		return true
	})
	return lines
}

// styleKey is what a mark says for a style: the variant stuck has marks of its own.
func styleKey(style, variant string) string {
	if variant == "stuck" {
		return "stuck-" + style
	}
	return style
}

// sites are those that a dump of a program in this style shows of the goroutines that leak.
func (all markers) sites(style, variant string) []site {
	var sites []site
	for _, m := range all {
		if m.kind != "leak" || m.key != styleKey(style, variant) {
			continue
		}
		where := site(fmt.Sprintf("%s:%d", m.file, m.line))
		if !m.starts {
			where = site(m.fn)
		}
		if !slices.Contains(sites, where) {
			sites = append(sites, where)
		}
	}
	return sites
}

// causes are the lines to blame in this style and variant.
func (all markers) causes(style, variant string) markers {
	var causes markers
	for _, m := range all {
		if m.kind == "cause" && (m.key == "" || m.key == styleKey(style, variant) || m.key == variant) {
			causes = append(causes, m)
		}
	}
	return causes
}

// enclosing returns the name of the function around a line, as the runtime prints it.
func enclosing(fset *token.FileSet, file *ast.File, pkg string, line int) string {
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fset.Position(fn.Pos()).Line > line || fset.Position(fn.End()).Line < line {
			continue
		}
		if fn.Recv == nil {
			name := pkg + "." + fn.Name.Name
			if fn.Type.TypeParams != nil {
				name += "[...]"
			}
			return name
		}
		recv := fn.Recv.List[0].Type
		if star, ok := recv.(*ast.StarExpr); ok {
			return fmt.Sprintf("%s.(*%s).%s", pkg, typeName(star.X), fn.Name.Name)
		}
		return fmt.Sprintf("%s.%s.%s", pkg, typeName(recv), fn.Name.Name)
	}
	return ""
}

// typeName is a receiver's type without its type parameters.
func typeName(e ast.Expr) string {
	switch t := e.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.IndexExpr:
		return typeName(t.X) + "[...]"
	case *ast.IndexListExpr:
		return typeName(t.X) + "[...]"
	}
	return ""
}

// TestMarkers holds every program's marks against its expect.json: each style and variant has its goroutines and
// its lines to blame, those lie in functions to blame, and no mark is for a style or variant that is not there.
func TestMarkers(t *testing.T) {
	for _, folder := range programFolders(t, "leaky") {
		t.Run(filepath.Base(folder), func(t *testing.T) { checkMarkers(t, readExpect(t, folder), readMarkers(t, folder)) })
	}
}

func checkMarkers(t *testing.T, e expect, all markers) {
	variants := e.Variants
	if len(variants) == 0 {
		variants = []string{""}
	}
	keys := append([]string{""}, variants...)
	for _, variant := range variants {
		for _, style := range e.Styles {
			keys = append(keys, styleKey(style, variant))
			if len(e.LibrarySite) == 0 && len(all.sites(style, variant)) == 0 {
				t.Errorf("style %s, variant %q: nothing is marked as started", style, variant)
			}
			if n := len(all.causes(style, variant)); n < 1 || n > 3 {
				t.Errorf("style %s, variant %q: %d lines are marked as cause, not 1 to 3", style, variant, n)
			}
		}
	}
	for _, m := range all {
		switch {
		case !slices.Contains(keys, m.key):
			t.Errorf("%s:%d is marked for %q, which is no style or variant", m.file, m.line, m.key)
		case m.kind == "cause" && m.fn != "" && !slices.Contains(e.CauseFunc, m.fn):
			t.Errorf("%s:%d is marked as cause, and cause_func lacks %s", m.file, m.line, m.fn)
		}
	}
}
