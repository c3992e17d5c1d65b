package source

import (
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// deepestModule is how many folders below the named one a module is looked for.
const deepestModule = 5

// nested are the modules below a folder that positions name, the one that most
// of them name first. A command's positions name no module: they count by the
// folders that their files' names and the module's have in common.
func nested(dir string, h Hints) []root {
	type candidate struct {
		root  root
		votes int
	}
	var all []candidate
	// What cannot be read is not looked at.
	_ = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return nil
		}
		name := d.Name()
		if p != dir && (name == "testdata" || name == "vendor" || name == "node_modules" || strings.HasPrefix(name, ".")) ||
			strings.Count(filepath.ToSlash(rel), "/") >= deepestModule {
			return filepath.SkipDir
		}
		if r, ok := moduleAt(p); ok && p != dir {
			if v := r.votes(h); v > 0 || len(h.Positions) == 0 {
				all = append(all, candidate{r, v})
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b candidate) int { return b.votes - a.votes })
	var out []root
	for _, c := range all[:min(len(all), 3)] {
		out = append(out, c.root)
	}
	return out
}

// votes is how much the positions speak for a module.
func (r root) votes(h Hints) int {
	votes := 0
	for _, p := range h.Positions {
		n, ok := parseName(p.Func)
		switch {
		case !ok || r.module == "":
		case n.pkg == r.module, strings.HasPrefix(n.pkg, r.module+"/"):
			votes += 10
		case n.pkg == "main":
			file := slashed(p.File, nil)
			for dir := parentPath(file); dir != ""; dir = parentPath(dir) {
				if common(dir, filepath.ToSlash(r.dir)) > 0 || common(dir, r.module) > 0 {
					votes++
					break
				}
			}
		}
	}
	return votes
}
