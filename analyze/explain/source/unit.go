package source

import (
	"path/filepath"
	"slices"
	"strings"
)

// unit is one package as it was listed, before it is read.
type unit struct {
	path, name, dir string
	// own: it belongs to the tree, and not to what the tree needs.
	own bool
	std bool
	// files are absolute names of what is built here, ignored of what the build's
	// conditions leave out, tests of the package's tests.
	files, ignored, tests []string
	imports               []string
	// renamed says which package an import path stands for, where it is another one, as in the standard library's vendored packages.
	renamed   map[string]string
	goVersion string // of its module, without "go"
	problem   string // why it could not be listed whole
}

// resolve is the package an import path of this one stands for.
func (u *unit) resolve(path string) string {
	if to, ok := u.renamed[path]; ok {
		return to
	}
	return path
}

// index finds the packages of a tree.
type index struct {
	root   root
	byPath map[string]*unit
	own    []*unit            // by path
	byBase map[string][]*unit // own, by the name of a file in them, built or not
	// importers are the own packages that import one.
	importers map[*unit][]*unit
}

func newIndex(r root, units []*unit) *index {
	x := &index{root: r, byPath: map[string]*unit{}, byBase: map[string][]*unit{}, importers: map[*unit][]*unit{}}
	slices.SortFunc(units, func(a, b *unit) int { return strings.Compare(a.path, b.path) })
	for _, u := range units {
		x.byPath[u.path] = u
		if !u.own {
			continue
		}
		x.own = append(x.own, u)
		for _, files := range [][]string{u.files, u.ignored, u.tests} {
			for _, f := range files {
				base := filepath.Base(f)
				if all := x.byBase[base]; len(all) == 0 || all[len(all)-1] != u {
					x.byBase[base] = append(all, u)
				}
			}
		}
	}
	for _, u := range x.own {
		for _, path := range u.imports {
			if to := x.byPath[u.resolve(path)]; to != nil && to.own {
				x.importers[to] = append(x.importers[to], u)
			}
		}
	}
	return x
}

// rel is a package's folder below the root, with slashes; "" for the root itself.
func (x *index) rel(u *unit) string {
	rel, err := filepath.Rel(x.root.dir, u.dir)
	if err != nil || rel == "." {
		return ""
	}
	return filepath.ToSlash(rel)
}

// named is the file of a name in a list of absolute ones; "" when it is not there.
func named(files []string, base string) string {
	for _, f := range files {
		if filepath.Base(f) == base {
			return f
		}
	}
	return ""
}
