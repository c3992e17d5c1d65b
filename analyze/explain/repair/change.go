package repair

import (
	"bytes"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"slices"
	"sort"

	"golang.org/x/tools/go/ast/astutil"
)

// Text is a file of the tree as it was read.
type Text func(name string) []byte

// Change is files with their new text, by name.
type Change struct {
	Files map[string]Revision
}

// Revision is a file before and after.
type Revision struct{ Before, After []byte }

// Names are the changed files, sorted.
func (c *Change) Names() []string {
	names := make([]string, 0, len(c.Files))
	for n := range c.Files {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// Apply makes the edits of a fix. A file that was laid out by gofmt is laid out
// by it afterwards; any other keeps its layout. Edits that overlap, or whose
// result does not parse, are an error.
func Apply(fset *token.FileSet, text Text, fix *Fix) (*Change, error) {
	edits := map[string][]Edit{}
	for _, e := range fix.Edits {
		name := fset.Position(e.Pos).Filename
		if fset.Position(e.End).Filename != name || e.End < e.Pos {
			return nil, fmt.Errorf("change %s: an edit that ends in another file", name)
		}
		edits[name] = append(edits[name], e)
	}
	imports := map[string][]string{}
	for _, i := range fix.Imports {
		name := fset.Position(i.At).Filename
		imports[name] = append(imports[name], i.Path)
	}
	c := &Change{Files: map[string]Revision{}}
	for name, list := range edits {
		before := text(name)
		after, err := revise(fset, before, list, imports[name])
		if err != nil {
			return nil, fmt.Errorf("change %s: %w", name, err)
		}
		if !bytes.Equal(before, after) {
			c.Files[name] = Revision{before, after}
		}
	}
	if len(c.Files) == 0 {
		return nil, fmt.Errorf("change: nothing would differ")
	}
	return c, nil
}

func revise(fset *token.FileSet, before []byte, edits []Edit, imports []string) ([]byte, error) {
	slices.SortStableFunc(edits, func(a, b Edit) int { return int(a.Pos - b.Pos) })
	var out []byte
	at := 0
	for _, e := range edits {
		from, to := fset.Position(e.Pos).Offset, fset.Position(e.End).Offset
		if from < at || to > len(before) {
			return nil, fmt.Errorf("edits overlap at offset %d", from)
		}
		out = append(append(out, before[at:from]...), e.New...)
		at = to
	}
	out = append(out, before[at:]...)
	formatted, err := format.Source(before)
	tidy := err == nil && bytes.Equal(formatted, before)
	if out, err = addImports(out, imports); err != nil {
		return nil, err
	}
	if !tidy {
		_, err := parser.ParseFile(token.NewFileSet(), "", out, parser.SkipObjectResolution)
		return out, err
	}
	return format.Source(out)
}

// addImports adds what is not imported yet.
func addImports(src []byte, paths []string) ([]byte, error) {
	if len(paths) == 0 {
		return src, nil
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	added := false
	for _, p := range paths {
		added = astutil.AddImport(fset, file, p) || added
	}
	if !added {
		return src, nil
	}
	var b bytes.Buffer
	if err := format.Node(&b, fset, file); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
