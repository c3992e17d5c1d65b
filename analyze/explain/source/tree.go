// Package source finds the source of a watched process and loads it: the module
// that a folder is in, of which it reads the packages that the profile's
// positions are in and those around them, and tells for each position where it
// is in this tree, or why it cannot be.
//
// It asks the go command what packages there are, and reads and type-checks
// them itself, bodies only where they are wanted. So nothing is compiled, no
// network is asked, nothing is written, and a package that is missing costs its
// own types and not the rest. Without a go command it looks at the folders itself.
package source

import (
	"context"
	"go/token"
	"os"
	"path/filepath"

	"github.com/logcap/logcap/analyze/explain/code"
)

// Options say where the source is looked for.
type Options struct {
	// Path is the folder, or a file in it, that the user named; "" for none.
	Path string
	// Dir is the working directory; "" for the process's.
	Dir string
	// Trim are beginnings of the profile's file names that say nothing, as a build's root.
	Trim []string
	// Env is the environment of the go command; nil for the process's.
	Env []string
	// Lines bounds how many lines are read with their bodies; 0 for MostLines.
	// The packages of the positions are read in any case.
	Lines int
}

// MostLines is the bound when none is given.
const MostLines = 250_000

// Position is a place as a profile names it.
type Position struct {
	Func string
	File string
	Line int
	// Start is the line on which the function begins in what ran; 0 when it is not known.
	Start int
}

// Hints are what a profile says of the source: by them the command is chosen,
// the packages that are read, and whether it is the right source at all.
// Without positions all packages are read, up to the bound.
type Hints struct {
	Positions []Position
	// GoVersion is what the process was built with, as "go1.26.1"; "" when it is not known.
	GoVersion string
}

// Level is how much of the types is known.
type Level uint8

// The levels.
const (
	// Syntax: there was no list of the packages from a go command. The tree's own
	// types are known; of other packages only those whose source was found.
	Syntax Level = iota
	// Types: the go command listed all packages. What is still missing is in the warnings.
	Types
)

// String is the level's name.
func (l Level) String() string {
	if l == Types {
		return "types"
	}
	return "syntax"
}

// Tree is a loaded source. It is read by one goroutine at a time.
type Tree struct {
	Root   string // absolute, without symbolic links
	Module string // the path in go.mod; "" without one
	Level  Level
	// Program is what was read. It is empty, and not nil, when this is the wrong source.
	Program *code.Program
	// Command is the import path of the watched command; "" when no position is in one.
	Command string
	// Lines is how many lines were read with their bodies.
	Lines int
	// Warnings are what is not as it should be and what that costs, each told once.
	Warnings []string

	reader  *reader
	index   *index
	matcher *matcher
}

// Place is where a position is in the tree.
type Place struct {
	File string // name in Program
	Rel  string // relative to Root, with slashes
	// Line is the position's line here. When the source differs from what ran it
	// is moved by as much as the function is, or to the nearest line in it.
	Line int
	// From and To are the first and the last line of the declared function here;
	// 0 for a literal of a package variable.
	From, To int
	// Generated says that the file is made by a program, so a change belongs elsewhere.
	Generated bool
	// Doubt says in words why the line may be another one; "" when it fits.
	Doubt string
}

// Open finds the tree and loads it. The error is a *NoSource when there is none,
// or the context's; whatever else is wrong is in the tree's Warnings.
func Open(ctx context.Context, o Options, h Hints) (*Tree, error) {
	if o.Env == nil {
		o.Env = os.Environ()
	}
	r, err := findRoot(o, h)
	if err != nil {
		return nil, err
	}
	t, told, err := survey(ctx, o, h, r)
	if err != nil {
		return nil, err
	}
	if t.matcher.wrong != "" && o.Path != "" {
		for _, other := range nested(r.dir, h) {
			t2, told2, err := survey(ctx, o, h, other)
			if err != nil {
				return nil, err
			}
			if t2.matcher.wrong == "" {
				t, told = t2, told2
				break
			}
		}
	}
	if o.Path == "" && t.matcher.wrong == "" && len(h.Positions) > 0 && t.matcher.loose() {
		t.matcher.wrong = "no function of the profile is at its line in " + t.matcher.index.title()
	}
	if why := t.matcher.wrong; why != "" {
		if o.Path == "" {
			return nil, &NoSource{Reason: "the module here is not what was watched: " + why, hint: hintPath}
		}
		if t.matcher.unknown {
			told.add(why + ", so nothing is looked up in it")
		} else {
			told.add("this is not the source of what ran, so nothing is looked up in it: " + why)
		}
		t.Program = code.New(t.reader.fset, nil)
		t.Warnings = told.list
		return t, nil
	}
	told.matched(t.matcher)
	told.versions(t.index.root, h)
	if err := t.load(ctx, o, told); err != nil {
		return nil, err
	}
	t.Warnings = told.list
	return t, nil
}

// survey lists the packages of one folder and finds the positions in them.
func survey(ctx context.Context, o Options, h Hints, r root) (*Tree, *warnings, error) {
	t := &Tree{Root: r.dir, Module: r.module, reader: newReader(token.NewFileSet())}
	told := &warnings{}
	var err error
	if t.index, t.Level, err = list(ctx, o, r, told); err != nil {
		return nil, nil, err
	}
	t.matcher = newMatcher(t.index, t.reader, o.Trim)
	t.matcher.choose(h.Positions)
	t.Command = t.matcher.command
	return t, told, nil
}

// load reads and checks the packages around the positions.
func (t *Tree) load(ctx context.Context, o Options, told *warnings) error {
	bound := o.Lines
	if bound == 0 {
		bound = MostLines
	}
	c := choose(t.index, t.reader, t.matcher.packages(), t.Command, bound)
	t.Lines = c.lines
	told.cut(c, bound)
	l := newLoader(t.index, t.reader, c.units)
	packages, err := l.load(ctx)
	if err != nil {
		return err
	}
	told.loaded(l, c.units)
	t.Program = code.New(t.reader.fset, packages)
	return nil
}

// Locate finds a position of the profile in the tree; false when it is in a
// library, when the tree does not have its function, or when its file was not read.
func (t *Tree) Locate(pos Position) (Place, bool) {
	if t.matcher.wrong != "" {
		return Place{}, false
	}
	m := t.matcher.match(pos)
	if !m.found() || !t.Program.Has(m.file) {
		return Place{}, false
	}
	p := Place{File: m.file, Line: m.line, From: m.from, To: m.to, Doubt: m.doubt, Generated: t.reader.file(m.file).generated}
	if rel, err := filepath.Rel(t.Root, m.file); err == nil {
		p.Rel = filepath.ToSlash(rel)
	}
	return p, true
}

// Text is a file as it was read, nil when it was not. It is not to be changed.
func (t *Tree) Text(file string) []byte {
	if f := t.reader.known(file); f != nil {
		return f.text
	}
	return nil
}
