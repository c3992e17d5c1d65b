package source

import (
	"context"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// walker finds packages by looking at folders, for where no go command lists them.
type walker struct{ build build.Context }

// newWalker builds for the platform and the tags that the go command would build for.
func newWalker(env []string) *walker {
	w := &walker{build: build.Default}
	w.build.CgoEnabled = value(env, "CGO_ENABLED") != "0"
	if v := value(env, "GOOS"); v != "" {
		w.build.GOOS = v
	}
	if v := value(env, "GOARCH"); v != "" {
		w.build.GOARCH = v
	}
	for _, f := range strings.Fields(value(env, "GOFLAGS")) {
		if tags, ok := strings.CutPrefix(strings.TrimLeft(f, "-"), "tags="); ok {
			w.build.BuildTags = strings.Split(tags, ",")
		}
	}
	return w
}

// walkAll is the index of a tree without a list from the go command. The
// standard library is the command's, when there is one, else that of GOROOT or
// of its usual folder.
func walkAll(ctx context.Context, o Options, r root, g *goCommand) (*index, error) {
	w := newWalker(o.Env)
	units, err := w.walk(ctx, r.dir, importPrefix(o, r), true)
	if err != nil {
		return nil, err
	}
	for _, u := range units {
		u.goVersion = r.goVersion
	}
	if r.std {
		vendored(units)
		return newIndex(r, units), nil
	}
	var std []*unit
	if g != nil {
		std, err = g.std(ctx)
	}
	if g == nil || err != nil {
		for _, dir := range []string{value(o.Env, "GOROOT"), "/usr/local/go"} {
			src := filepath.Join(dir, "src")
			if at, ok := moduleAt(src); dir != "" && ok && at.std {
				if std, err = w.walk(ctx, src, "", false); err != nil {
					return nil, err
				}
				vendored(std)
				break
			}
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	known := map[string]bool{}
	for _, u := range units {
		known[u.path] = true
	}
	for _, u := range std {
		if u.std = true; !known[u.path] {
			units = append(units, u)
		}
	}
	return newIndex(r, units), nil
}

// importPrefix is the import path of the root: go.mod's, else what is behind src in a GOPATH.
func importPrefix(o Options, r root) string {
	if r.module != "" && !r.std {
		return r.module
	}
	for _, dir := range filepath.SplitList(value(o.Env, "GOPATH")) {
		if rel, err := filepath.Rel(filepath.Join(dir, "src"), r.dir); err == nil && filepath.IsLocal(rel) && rel != "." {
			return filepath.ToSlash(rel)
		}
	}
	return ""
}

// vendored lets the standard library's packages import those in its vendor folder.
func vendored(units []*unit) {
	has := map[string]bool{}
	for _, u := range units {
		has[u.path] = strings.HasPrefix(u.path, "vendor/")
	}
	for _, u := range units {
		for _, p := range u.imports {
			if has["vendor/"+p] {
				if u.renamed == nil {
					u.renamed = map[string]string{}
				}
				u.renamed[p] = "vendor/" + p
			}
		}
	}
}

// walk finds the packages of a folder and of those below it that belong to the
// same module. Those in its vendor folder are found too, and are not the tree's own.
func (w *walker) walk(ctx context.Context, dir, prefix string, own bool) ([]*unit, error) {
	var units []*unit
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if d != nil && d.IsDir() {
				return filepath.SkipDir // not ours to read
			}
			return nil
		}
		if !d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		name := d.Name()
		if p != dir {
			_, nested := os.Stat(filepath.Join(p, "go.mod"))
			if nested == nil || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") {
				return filepath.SkipDir
			}
		}
		u := &unit{path: path.Join(prefix, filepath.ToSlash(rel)), dir: p, own: own}
		if below, ok := strings.CutPrefix(filepath.ToSlash(rel), "vendor/"); ok {
			u.own = false
			if prefix != "" { // in the standard library vendor/ is a part of the path
				u.path = below
			}
		}
		w.folder(u)
		if len(u.files)+len(u.ignored)+len(u.tests) > 0 {
			units = append(units, u)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		err = &NoSource{Reason: fmt.Sprintf("look into %q: %v", dir, err), hint: hintPath}
	}
	return units, err
}

// folder sorts a folder's Go files: what is built here, what is not, tests. Of
// several packages in one folder the one with most files is taken.
func (w *walker) folder(u *unit) {
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		u.problem = err.Error()
		return
	}
	u.files, u.ignored, u.tests, u.imports = nil, nil, nil, nil
	byName := map[string][]string{}
	imports := map[string][]string{}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || !e.Type().IsRegular() {
			continue
		}
		full := filepath.Join(u.dir, name)
		if strings.HasSuffix(name, "_test.go") {
			u.tests = append(u.tests, full)
			continue
		}
		if ok, err := w.build.MatchFile(u.dir, name); err == nil && !ok {
			u.ignored = append(u.ignored, full)
			continue
		}
		syntax, _ := parser.ParseFile(token.NewFileSet(), full, nil, parser.ImportsOnly|parser.SkipObjectResolution)
		if syntax == nil || syntax.Name == nil {
			continue
		}
		pkg := syntax.Name.Name
		byName[pkg] = append(byName[pkg], full)
		for _, spec := range syntax.Imports {
			if p, err := strconv.Unquote(spec.Path.Value); err == nil && p != "C" {
				imports[pkg] = append(imports[pkg], p)
			}
		}
	}
	for _, pkg := range sortedKeys(byName) {
		if len(byName[pkg]) > len(u.files) {
			u.name, u.files = pkg, byName[pkg]
		}
	}
	u.imports = imports[u.name]
	slices.Sort(u.imports)
	u.imports = slices.Compact(u.imports)
}
