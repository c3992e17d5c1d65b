package main

import (
	"encoding/json"
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
)

// class is what a case is in truth.
type class string

const (
	growing class = "leaky"
	stuck   class = "stuck"
	fine    class = "healthy"
)

// truth is what is known of a running program.
type truth struct {
	class class
	// places are the go statements or launcher calls that leak.
	places []place
	// library are the functions that stand for a go statement in a library, peer the site at the connections' other end.
	library []string
	peer    string
	// mechanisms are those that are right; where source is needed to tell, "unknown" is right too.
	mechanisms  []string
	needsSource bool
	causes      []string
	// mechanism is the one that the program was written for, causeLines are the marked lines to blame.
	mechanism  string
	causeLines []place
	// perMinute is how many goroutines leak in a minute.
	perMinute float64
	// undecidable is a healthy service of which nobody could tell within the watch.
	undecidable bool
}

// place is a marked line.
type place struct {
	file string // its path from the program's folder on
	line int
	// fn is the function around it, when naming that is enough.
	fn string
}

// expectation is expect.json of a leaky program.
type expectation struct {
	Mechanism          string   `json:"mechanism"`
	AcceptedMechanisms []string `json:"accepted_mechanisms"`
	NeedsSource        bool     `json:"needs_source"`
	LeaksPerRequest    float64  `json:"leaks_per_request"`
	LibrarySite        []string `json:"library_site"`
	CauseFunc          []string `json:"cause_func"`
	PeerSite           string   `json:"peer_site"`
}

// hello is the first line of a program.
type hello struct {
	Addr    string `json:"addr"`
	Variant string `json:"variant"`
	Plan    struct {
		PerMinute float64 `json:"leaks_per_minute"`
		Shape     string  `json:"shape"`
	} `json:"plan"`
}

// truthOf reads what the sources below root say of c, run as h tells.
func truthOf(root string, c testCase, h hello) (truth, error) {
	if c.Kind == healthy {
		return truth{class: fine, undecidable: c.Program == "session-ramp"}, nil
	}
	folder := filepath.Join(root, "testdata", string(c.Kind), c.Program)
	data, err := os.ReadFile(filepath.Join(folder, "expect.json"))
	if err != nil {
		return truth{}, err
	}
	var e expectation
	if err := json.Unmarshal(data, &e); err != nil {
		return truth{}, fmt.Errorf("read expect.json of %s: %w", c.Program, err)
	}
	t := truth{
		class: growing, library: e.LibrarySite, peer: e.PeerSite, mechanisms: e.AcceptedMechanisms,
		needsSource: e.NeedsSource, causes: e.CauseFunc, perMinute: h.Plan.PerMinute * e.LeaksPerRequest,
	}
	mark := c.Style
	if h.Variant == "stuck" {
		t.class, t.perMinute, mark = stuck, 0, "stuck-"+c.Style
	}
	t.mechanism = e.Mechanism
	if t.places, err = marked(folder, "leak:"+mark); err != nil {
		return truth{}, err
	}
	if t.causeLines, err = marked(folder, "cause", "cause:"+mark, "cause:"+h.Variant); err != nil {
		return truth{}, err
	}
	if len(t.places) == 0 && len(t.library) == 0 {
		return truth{}, fmt.Errorf("read sources of %s: no line is marked leak:%s", c.Program, mark)
	}
	return t, nil
}

// marker is a comment at the end of a line of code that holds nothing but marker words.
var marker = regexp.MustCompile(`\S\s*// ((?:leak:[a-z-]+|cause(?::[a-z-]+)?|peer)(?: (?:leak:[a-z-]+|cause(?::[a-z-]+)?|peer))*)$`)

// importPath is that of testdata.
const importPath = "logcap.test/programs/"

// marked finds the lines in the files of a program, and of the packages below it, that are marked with one of the words.
func marked(folder string, words ...string) ([]place, error) {
	var places []place
	err := filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		short, err := filepath.Rel(filepath.Dir(folder), name)
		if err != nil {
			return err
		}
		found, err := markedIn(name, filepath.ToSlash(short), filepath.Base(filepath.Dir(folder)), words)
		places = append(places, found...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	return places, nil
}

// markedIn finds them in one file.
func markedIn(name, short, kind string, words []string) ([]place, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, 0)
	if err != nil {
		return nil, err
	}
	pkg := "main"
	if file.Name.Name != pkg {
		pkg = importPath + kind + "/" + path.Dir(short)
	}
	var places []place
	for i, line := range strings.Split(string(source), "\n") {
		m := marker.FindStringSubmatch(line)
		if m == nil || !slices.ContainsFunc(strings.Fields(m[1]), func(w string) bool { return slices.Contains(words, w) }) {
			continue
		}
		p := place{file: short, line: i + 1}
		if strings.HasSuffix(words[0], "wg") {
			p.fn = enclosing(fset, file, pkg, i+1)
		}
		places = append(places, p)
	}
	return places, nil
}

// enclosing names the function around a line as the runtime does.
func enclosing(fset *token.FileSet, file *ast.File, pkg string, line int) string {
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || line < fset.Position(fn.Pos()).Line || line > fset.Position(fn.End()).Line {
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

// causeAt says that a line is one to blame.
func (t truth) causeAt(file string, line int) bool {
	return slices.ContainsFunc(t.causeLines, func(p place) bool { return line == p.line && ends(file, p.file) })
}
