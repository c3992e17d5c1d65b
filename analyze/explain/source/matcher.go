package source

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// matcher finds positions in the tree's packages. choose is called once, before the others.
type matcher struct {
	index  *index
	reader *reader
	trim   []string
	// starts are the first lines of declared functions in what ran, where a position tells them.
	starts map[startKey]int
	// command is the watched command's package; "" when there is none, or none could be told.
	command string
	tied    []string // the commands that fit equally well, when there are several
	// alias is the module path of what ran, when it is another one than the tree's.
	alias string
	// wrong is why this is not the source of what ran; "" when it is. unknown: nothing
	// of the profile is either of a command or of the tree, so it may be all the same.
	wrong   string
	unknown bool

	positions []Position
	results   map[Position]match
}

type startKey struct{ pkg, local, file string }

func newMatcher(x *index, r *reader, trim []string) *matcher {
	return &matcher{index: x, reader: r, trim: trim, starts: map[startKey]int{}, results: map[Position]match{}}
}

// choose learns from all positions: which command ran, and whether this is its source.
func (m *matcher) choose(all []Position) {
	seen := map[Position]bool{}
	for _, p := range all {
		n, ok := parseName(p.Func)
		if !ok || seen[p] {
			continue
		}
		seen[p] = true
		m.positions = append(m.positions, p)
		if p.Start > 0 && n.rest == n.local {
			m.starts[startKey{n.pkg, n.local, slashed(p.File, nil)}] = p.Start
		}
	}
	m.chooseCommand()
	m.findAlias()
	m.judge()
}

// chooseCommand picks the package main whose files and functions fit the positions best.
func (m *matcher) chooseCommand() {
	type candidate struct {
		unit                *unit
		found, suffix, fits int
	}
	var all []candidate
	for _, u := range m.index.own {
		if u.name != "main" {
			continue
		}
		c := candidate{unit: u}
		for _, p := range m.positions {
			n, _ := parseName(p.Func)
			if n.pkg != "main" {
				continue
			}
			got := m.fit(u, p, n)
			if got.found() {
				c.found++
				c.suffix += m.suffix(u, p)
			}
			if got.fitness == fits {
				c.fits++
			}
			if got.fitness == excluded || got.fitness == test {
				c.suffix += m.suffix(u, p)
			}
		}
		if c.found+c.suffix > 0 {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return
	}
	order := func(a, b candidate) int {
		return cmp.Or(b.found-a.found, b.suffix-a.suffix, b.fits-a.fits)
	}
	slices.SortStableFunc(all, order)
	m.command = all[0].unit.path
	for _, c := range all {
		if order(c, all[0]) == 0 {
			m.tied = append(m.tied, c.unit.path)
		}
	}
	if len(m.tied) == 1 {
		m.tied = nil
	}
}

// suffix is how much of a position's path is that of its file in a package.
func (m *matcher) suffix(u *unit, p Position) int {
	file := slashed(p.File, m.trim)
	here := filepath.ToSlash(u.dir) + "/" + lastElement(file)
	return max(common(file, here), common(file, u.path+"/"+lastElement(file)))
}

func lastElement(slashed string) string { return slashed[strings.LastIndexByte(slashed, '/')+1:] }

// findAlias looks for another module path under which the tree's packages ran,
// when none ran under its own: a fork, a GOPATH.
func (m *matcher) findAlias() {
	votes := map[string]int{}
	for _, p := range m.positions {
		n, _ := parseName(p.Func)
		if n.pkg == "main" {
			continue
		}
		if m.unitOf(n.pkg) != nil {
			return
		}
		for _, u := range m.index.byBase[lastElement(slashed(p.File, m.trim))] {
			rel := m.index.rel(u)
			prefix := n.pkg
			if rel != "" {
				var ok bool
				if prefix, ok = strings.CutSuffix(n.pkg, "/"+rel); !ok {
					continue
				}
			}
			if !strings.Contains(prefix, ".") && rel == "" || u.name == "main" {
				continue // the standard library's packages stand at no module's root
			}
			if got := m.fit(u, p, n); got.fitness == fits || got.fitness == drifted {
				votes[prefix]++
			}
		}
	}
	for _, prefix := range sortedKeys(votes) {
		if votes[prefix] > votes[m.alias] {
			m.alias = prefix
		}
	}
}

// unitOf is the own package of an import path as a profile has it.
func (m *matcher) unitOf(pkg string) *unit {
	if m.alias != "" && (pkg == m.alias || strings.HasPrefix(pkg, m.alias+"/")) {
		pkg = path.Join(m.index.root.module, strings.TrimPrefix(pkg, m.alias))
	}
	if u := m.index.byPath[pkg]; u != nil && u.own && u.name != "main" {
		return u
	}
	return nil
}

// ours says whether a package of this name should be in the tree.
func (m *matcher) ours(pkg string) bool {
	module := m.index.root.module
	if pkg == "main" {
		return !m.index.root.std
	}
	return module != "" && (pkg == module || strings.HasPrefix(pkg, module+"/")) || m.unitOf(pkg) != nil
}

// match finds one position.
func (m *matcher) match(p Position) match {
	if got, ok := m.results[p]; ok {
		return got
	}
	got := m.find(p)
	m.results[p] = got
	return got
}

func (m *matcher) find(p Position) match {
	n, ok := parseName(p.Func)
	if !ok || p.File == "" || strings.HasPrefix(p.File, "<") {
		return match{}
	}
	var u *unit
	if n.pkg == "main" {
		u = m.index.byPath[m.command]
	} else {
		u = m.unitOf(n.pkg)
	}
	best := match{}
	if u != nil {
		best = m.fit(u, p, n)
	} else if tested := strings.TrimSuffix(n.pkg, "_test"); tested != n.pkg && m.unitOf(tested) != nil {
		best.fitness, best.file = test, lastElement(slashed(p.File, nil))
	} else if m.ours(n.pkg) {
		best.fitness = missing
	}
	if best.fitness > elsewhere || !n.literal {
		return best
	}
	// A literal of an inlined function has the name of the package it was inlined into; its file says where it is.
	file := slashed(p.File, m.trim)
	for _, v := range m.index.byBase[lastElement(file)] {
		at := named(v.files, lastElement(file))
		if v == u || at == "" || m.suffix(v, p) < 2 {
			continue
		}
		if got, ok := m.fitFile(v, at, p, n); ok && got.fitness == fits {
			return got
		}
	}
	return best
}

// judge says whether this is the source of what ran: whether most of the
// positions that should be here are. Those of a command may be missing where
// the packages fit: then it is a library that the command uses.
func (m *matcher) judge() {
	var all, packages struct{ ours, found int }
	var first *Position
	for i, p := range m.positions {
		n, _ := parseName(p.Func)
		got := m.match(p)
		if got.fitness == foreign {
			continue
		}
		found := 1
		if got.fitness == missing || got.found() && got.fitness != fits && n.rest == "main" { // every command has a main
			if found = 0; first == nil {
				first = &m.positions[i]
			}
		}
		all.ours, all.found = all.ours+1, all.found+found
		if n.pkg != "main" {
			packages.ours, packages.found = packages.ours+1, packages.found+found
		}
	}
	switch {
	case len(m.positions) == 0:
	case all.ours == 0:
		m.unknown = true
		m.wrong = fmt.Sprintf("no function of the profile is of %s", m.index.title())
	case all.found*2 < all.ours && (packages.found*2 < packages.ours || packages.ours == 0):
		m.wrong = fmt.Sprintf("of %d places of the profile that should be in %s, %d are not, the first %s at %s:%d",
			all.ours, m.index.title(), all.ours-all.found, first.Func, first.File, first.Line)
	}
}

// loose says that nothing but functions of a package main fit, and none of them
// at its line: main.run is in many a command. A tree that nobody named is not taken for the source by that.
func (m *matcher) loose() bool {
	for _, p := range m.positions {
		n, _ := parseName(p.Func)
		got := m.match(p)
		if got.found() && (n.pkg != "main" || got.fitness == fits && n.rest != "main") {
			return false
		}
	}
	return true
}

// title is what a tree is called in a sentence.
func (x *index) title() string {
	if x.root.module != "" {
		return "module " + x.root.module
	}
	return x.root.dir
}

// packages are those of the positions, by path.
func (m *matcher) packages() []*unit {
	var out []*unit
	for _, p := range m.positions {
		if got := m.match(p); got.found() && !slices.Contains(out, got.unit) {
			out = append(out, got.unit)
		}
	}
	slices.SortFunc(out, func(a, b *unit) int { return strings.Compare(a.path, b.path) })
	return out
}
