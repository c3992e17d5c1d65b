package source

import (
	"fmt"
	"path/filepath"
	"strings"
)

// fitness is how well a position fits the tree, worst first.
type fitness uint8

const (
	foreign   fitness = iota // not of this tree: a library, the runtime
	test                     // in a test's file, which is not read
	excluded                 // in a file that is not built here
	missing                  // of a package here, which does not have the function
	elsewhere                // the function is in another file here
	drifted                  // the function is at other lines here
	fits
)

// differs begins every doubt.
const differs = "the source differs from what ran: "

// match is where a position is in the tree and how well it fits.
type match struct {
	fitness  fitness
	unit     *unit
	file     string
	line     int
	from, to int
	doubt    string
}

// found says whether there is a place to look at.
func (m match) found() bool { return m.fitness >= elsewhere }

// fit looks for a position's function in one package.
func (m *matcher) fit(u *unit, pos Position, n name) match {
	base := filepath.Base(filepath.FromSlash(slashed(pos.File, nil)))
	out := match{fitness: missing, unit: u}
	if file := named(u.files, base); file != "" {
		if got, ok := m.fitFile(u, file, pos, n); ok {
			return got
		}
	} else if named(u.tests, base) != "" {
		out.fitness, out.file = test, named(u.tests, base)
		return out
	} else if file := named(u.ignored, base); file != "" {
		out.fitness, out.file = excluded, file
		return out
	}
	for _, file := range u.files {
		if filepath.Base(file) == base {
			continue
		}
		for _, d := range m.reader.file(file).outline {
			if d.name == "" || d.name != n.local {
				continue
			}
			got := m.shifted(match{fitness: elsewhere, unit: u, file: file}, d, pos, n)
			where := fmt.Sprintf("%s%s is in %s here, and was in %s in what ran", differs, n.local, filepath.Base(file), base)
			if rest := strings.TrimPrefix(got.doubt, differs); rest != "" {
				where += "; " + rest
			}
			got.fitness, got.doubt = elsewhere, where
			return got
		}
	}
	return out
}

// fitFile looks for the function in one file; false when it is not there.
func (m *matcher) fitFile(u *unit, file string, pos Position, n name) (match, bool) {
	f := m.reader.file(file)
	at := match{fitness: fits, unit: u, file: file, line: pos.Line}
	var around *decl
	var same []*decl
	for _, d := range f.outline {
		if d.covers(pos.Line) {
			around = d
		}
		if d.name == n.local && d.name != "" || n.initial() && (d.name == "" || d.name == "init") {
			same = append(same, d)
		}
	}
	for _, d := range same {
		if d == around && !m.moved(d, pos, n) {
			at.from, at.to = d.span()
			return at, true
		}
	}
	if around != nil && n.inlinedIn(around.name) {
		at.from, at.to = around.span()
		return at, true
	}
	if len(same) == 1 || len(same) > 0 && !n.initial() {
		return m.shifted(at, same[0], pos, n), true
	}
	if len(same) > 0 { // one of several init functions or package variables: the nearest
		best := same[0]
		for _, d := range same {
			if d.distance(pos.Line) < best.distance(pos.Line) {
				best = d
			}
		}
		return m.shifted(at, best, pos, n), true
	}
	// The name of a literal may hold the names of functions that were inlined.
	if n.literal {
		for _, d := range f.outline {
			for _, in := range n.inlined() {
				if d.name != in {
					continue
				}
				if d == around {
					at.from, at.to = d.span()
					return at, true
				}
				same = append(same, d)
			}
		}
		if len(same) == 1 {
			return m.shifted(at, same[0], pos, n), true
		}
	}
	return match{}, false
}

// initial: the function is an init function, or a literal of a package variable,
// which the compiler names after init, and named after glob. before Go 1.21.
func (n name) initial() bool {
	return n.local == "init" || strings.HasPrefix(n.rest, "init.") || strings.HasPrefix(n.rest, "glob..")
}

// moved says whether a function is known to be at other lines here, though the
// position's line is within it.
func (m *matcher) moved(d *decl, pos Position, n name) bool {
	if by, known := m.shift(d, pos, n); known {
		return by != 0
	}
	return n.nth > 0 && d.name == n.local && !d.inLiteral(pos.Line)
}

// shift is by how many lines a function is further down than in what ran; false when that is not known.
func (m *matcher) shift(d *decl, pos Position, n name) (int, bool) {
	if d.name == "" || d.name != n.local {
		return 0, false
	}
	if pos.Start > 0 {
		switch {
		case n.local == n.rest:
			return d.from - pos.Start, true
		case beginsAt(d.literals, pos.Start), n.literal && n.nth == 0 && beginsAt(d.inner, pos.Start):
			return 0, true
		case n.nth > 0 && n.nth <= len(d.literals):
			return d.literals[n.nth-1].from - pos.Start, true
		}
	}
	start, ok := m.starts[startKey{n.pkg, n.local, slashed(pos.File, nil)}]
	return d.from - start, ok
}

// shifted follows a position into the lines that its function has here.
func (m *matcher) shifted(at match, d *decl, pos Position, n name) match {
	at.fitness = drifted
	at.from, at.to = d.span()
	what := n.pkg + "." + n.local
	if d.name == "" {
		what = "the package's variable"
	}
	if by, ok := m.shift(d, pos, n); ok {
		at.line = min(max(pos.Line+by, d.from), d.to)
		if by == 0 && at.line == pos.Line {
			at.fitness = fits
			return at
		}
		switch {
		case at.line == pos.Line+by:
			at.doubt = fmt.Sprintf(differs+"%s is %s here", what, lower(by))
		case by == 0:
			at.doubt = fmt.Sprintf(differs+"line %d is behind the end of %s, which is at %d-%d", pos.Line, what, d.from, d.to)
		default:
			at.doubt = fmt.Sprintf(differs+"%s is %s here, and ends before its line %d", what, lower(by), pos.Line)
		}
		return at
	}
	// The least shift that takes the line into the function, of which the first line and the last are no statements.
	in := span{d.from, d.to}
	at.doubt = fmt.Sprintf(differs+"line %d is outside %s, which is at %d-%d", pos.Line, what, d.from, d.to)
	if d.name == n.local && n.nth > 0 && n.nth <= len(d.literals) {
		in = d.literals[n.nth-1]
		at.doubt = fmt.Sprintf(differs+"line %d is outside literal %d of %s, which is at %d-%d", pos.Line, n.nth, what, in.from, in.to)
	} else if d.covers(pos.Line) {
		at.doubt = fmt.Sprintf(differs+"line %d is in no function literal of %s", pos.Line, what)
	}
	if in.to > in.from+1 {
		in.from, in.to = in.from+1, in.to-1
	}
	at.line = min(max(pos.Line, in.from), in.to)
	return at
}

// lower says by how many lines something moved.
func lower(by int) string {
	switch {
	case by == 1:
		return "1 line lower"
	case by == -1:
		return "1 line higher"
	case by < 0:
		return fmt.Sprintf("%d lines higher", -by)
	}
	return fmt.Sprintf("%d lines lower", by)
}

// span are the lines of a declared function.
func (d *decl) span() (int, int) {
	if d.name == "" {
		return 0, 0
	}
	return d.from, d.to
}

// distance is how many lines are between a line and the declaration.
func (d *decl) distance(line int) int {
	return max(d.from-line, line-d.to, 0)
}
