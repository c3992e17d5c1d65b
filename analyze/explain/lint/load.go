package lint

import (
	"context"
	"fmt"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"
)

// Report is one thing that was found, where it is to be read.
type Report struct {
	File      string    `json:"file"` // relative to the folder that was asked in, when it is below
	Line      int       `json:"line"`
	Column    int       `json:"column"`
	Mechanism string    `json:"mechanism"`
	Message   string    `json:"message"`
	Related   []Related `json:"related,omitempty"`
	Fix       *Fix      `json:"fix,omitempty"`
}

// Related is another line that belongs to a report.
type Related struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Message string `json:"message"`
}

// Fix is a change that ends the leak.
type Fix struct {
	Title string `json:"title"`
	Edits []Edit `json:"edits"`
}

// Edit puts a text where another stands; both offsets are in bytes.
type Edit struct {
	File string `json:"file"`
	From int    `json:"from"`
	To   int    `json:"to"`
	Text string `json:"text"`
}

// Result is what was found in some packages.
type Result struct {
	Packages int      `json:"packages"` // that were looked at
	Reports  []Report `json:"reports"`
	// Errors say which packages do not load, each once.
	Errors []string `json:"errors,omitempty"`
}

// Run looks at the packages that patterns name, as the go command in dir understands them.
// An error says that nothing could be loaded at all.
func Run(ctx context.Context, dir string, patterns []string) (*Result, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the folder: %w", err)
	}
	fset := token.NewFileSet()
	loaded, err := packages.Load(&packages.Config{Context: ctx, Dir: dir, Fset: fset, Mode: packages.LoadAllSyntax | packages.NeedModule}, patterns...)
	if err != nil {
		return nil, fmt.Errorf("load packages: %w", err)
	}
	whole, errs := sound(dir, loaded)
	out := &Result{Packages: len(whole), Errors: errs, Reports: []Report{}}
	graph, err := checker.Analyze([]*analysis.Analyzer{Analyzer()}, whole, nil)
	if err != nil {
		return nil, fmt.Errorf("analyze: %w", err)
	}
	for _, act := range graph.Roots {
		if act.Err != nil {
			out.Errors = append(out.Errors, fmt.Sprintf("%s: %v", act.Package.PkgPath, act.Err))
		}
		for _, d := range act.Diagnostics {
			out.Reports = append(out.Reports, reported(fset, dir, d))
		}
	}
	slices.SortFunc(out.Reports, func(a, b Report) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.Message, b.Message)
	})
	return out, nil
}

// position is a file, which may have a drive before it, and a line with or without a column.
var position = regexp.MustCompile(`^(.+?):(\d+(?::\d+)?)$`)

// sound are the packages that load whole with all that they import, and an
// error for each package that does not: with its first error, and how many others stand on it.
func sound(dir string, loaded []*packages.Package) (whole []*packages.Package, errs []string) {
	broken := map[*packages.Package]int{}
	var order []*packages.Package
	for _, p := range loaded {
		var in []*packages.Package
		packages.Visit([]*packages.Package{p}, nil, func(q *packages.Package) {
			if len(q.Errors) > 0 {
				in = append(in, q)
			}
		})
		if len(in) == 0 {
			whole = append(whole, p)
		}
		for _, q := range in {
			if _, known := broken[q]; !known {
				broken[q] = 0
				order = append(order, q)
			}
			if q != p {
				broken[q]++
			}
		}
	}
	for _, q := range order {
		first := q.Errors[0]
		text := fmt.Sprintf("load %s: ", q.PkgPath)
		if at := position.FindStringSubmatch(first.Pos); at != nil {
			text += below(dir, at[1]) + ":" + at[2] + ": "
		}
		text += first.Msg
		switch n := broken[q]; {
		case n == 1:
			text += " (1 package that imports it was not looked at)"
		case n > 1:
			text += fmt.Sprintf(" (%d packages that import it were not looked at)", n)
		}
		errs = append(errs, text)
	}
	slices.Sort(errs)
	return whole, slices.Compact(errs)
}

func reported(fset *token.FileSet, dir string, d analysis.Diagnostic) Report {
	at := fset.Position(d.Pos)
	r := Report{File: below(dir, at.Filename), Line: at.Line, Column: at.Column, Mechanism: d.Category, Message: d.Message}
	for _, x := range d.Related {
		at := fset.Position(x.Pos)
		r.Related = append(r.Related, Related{below(dir, at.Filename), at.Line, x.Message})
	}
	for _, f := range d.SuggestedFixes {
		fix := &Fix{Title: f.Message}
		for _, e := range f.TextEdits {
			from, to := fset.Position(e.Pos), fset.Position(e.End)
			fix.Edits = append(fix.Edits, Edit{File: below(dir, from.Filename), From: from.Offset, To: to.Offset, Text: string(e.NewText)})
		}
		r.Fix = fix
	}
	return r
}

// below is a file's name as seen from a folder, when it is in it.
func below(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return file
	}
	return rel
}
