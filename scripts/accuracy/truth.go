package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
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
	// perMinute is how many goroutines leak in a minute.
	perMinute float64
	// undecidable is a healthy service of which nobody could tell within the watch.
	undecidable bool
}

// place is a marked line.
type place struct {
	file string // the last two elements of its path
	line int
	// fn is the function around it, when naming that is enough.
	fn string
}

// expectation is expect.json of a leaky program.
type expectation struct {
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
	folder := filepath.Join(root, "testdata", string(leaky), c.Program)
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
	if t.places, err = marked(folder, mark); err != nil {
		return truth{}, err
	}
	if len(t.places) == 0 && len(t.library) == 0 {
		return truth{}, fmt.Errorf("read sources of %s: no line is marked leak:%s", c.Program, mark)
	}
	return t, nil
}

var marker = regexp.MustCompile(`// leak:([a-z-]+)$`)

// marked finds the lines of folder's main.go that end in the comment leak:mark.
func marked(folder, mark string) ([]place, error) {
	path := filepath.Join(folder, "main.go")
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, source, 0)
	if err != nil {
		return nil, fmt.Errorf("read sources: %w", err)
	}
	var places []place
	for i, line := range strings.Split(string(source), "\n") {
		m := marker.FindStringSubmatch(line)
		if m == nil || m[1] != mark {
			continue
		}
		p := place{file: filepath.Base(folder) + "/main.go", line: i + 1}
		if strings.HasSuffix(mark, "wg") {
			p.fn = enclosing(fset, file, i+1)
		}
		places = append(places, p)
	}
	return places, nil
}

// enclosing names the function around a line as the runtime does.
func enclosing(fset *token.FileSet, file *ast.File, line int) string {
	for _, d := range file.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || line < fset.Position(fn.Pos()).Line || line > fset.Position(fn.End()).Line {
			continue
		}
		if fn.Recv == nil {
			return "main." + fn.Name.Name
		}
		recv := fn.Recv.List[0].Type
		if star, ok := recv.(*ast.StarExpr); ok {
			return fmt.Sprintf("main.(*%s).%s", typeName(star.X), fn.Name.Name)
		}
		return fmt.Sprintf("main.%s.%s", typeName(recv), fn.Name.Name)
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
	}
	return ""
}
