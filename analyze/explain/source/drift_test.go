package source

import (
	"slices"
	"strings"
	"testing"
)

const drifting = `
-- go.mod --
module example.com/d

go 1.24
-- main.go --
package main

func work() {
	first := func() {
		println()
	}
	first()
	go func() {
		func() {
			select {}
		}()
	}()
	select {}
}

func main() { work() }
`

// TestDrift: a source that differs from what ran, by what the profile says of the functions' beginnings.
func TestDrift(t *testing.T) {
	const moved = "the source differs from what ran: main.work is "
	for _, c := range []struct {
		what  string
		pos   Position
		line  int
		doubt string
	}{
		{"as it is", Position{Func: "main.work.func2", Line: 11, Start: 8}, 11, ""},
		{"as it is, without a beginning", Position{Func: "main.work.func2", Line: 11}, 11, ""},
		{"an inner literal", Position{Func: "main.work.func2.1", Line: 10, Start: 9}, 10, ""},
		{"the literal is lower", Position{Func: "main.work.func2", Line: 5, Start: 2}, 11, moved + "6 lines lower here"},
		{"the literal is higher", Position{Func: "main.work.func2", Line: 12, Start: 9}, 11, moved + "1 line higher here"},
		{"the function is lower", Position{Func: "main.work", Line: 12, Start: 2}, 13, moved + "1 line lower here"},
		{"the function is shorter", Position{Func: "main.work", Line: 53, Start: 3}, 14, "the source differs from what ran: line 53 is behind the end of main.work, which is at 3-14"},
		{"the function is lower and shorter", Position{Func: "main.work", Line: 52, Start: 2}, 14, moved + "1 line lower here, and ends before its line 52"},
		{"a line of no literal", Position{Func: "main.work.func2", Line: 13}, 11, "the source differs from what ran: line 13 is outside literal 2 of main.work, which is at 8-12"},
		{"a literal that is not there", Position{Func: "main.work.func7", Line: 13}, 13, "the source differs from what ran: line 13 is in no function literal of main.work"},
		{"behind the function", Position{Func: "main.work", Line: 99}, 13, "the source differs from what ran: line 99 is outside main.work, which is at 3-14"},
	} {
		c.pos.File = "/b/d/main.go"
		tree := open(t, Options{Path: write(t, drifting)}, c.pos, Position{Func: "main.work", File: "/b/d/main.go", Line: 13})
		p, ok := tree.Locate(c.pos)
		if !ok || p.Line != c.line || p.Doubt != c.doubt || p.From != 3 || p.To != 14 {
			t.Errorf("%s: %v, %+v", c.what, ok, p)
		}
		if (len(tree.Warnings) > 0) != (c.doubt != "") {
			t.Errorf("%s: warnings %q", c.what, tree.Warnings)
		}
	}
}

// TestVersions: what the Go that built the process says of the source.
func TestVersions(t *testing.T) {
	dir := write(t, shop)
	for built, want := range map[string][]string{
		"go1.24.2": nil, "go1.26.0 X:jsonv2": nil, "": nil, "devel": nil,
		"go1.22.1": {"the source asks for go1.24, and what ran was built with go1.22.1"},
	} {
		tree, err := Open(t.Context(), Options{Path: dir}, Hints{Positions: []Position{total, run}, GoVersion: built})
		if err != nil {
			t.Fatal(err)
		}
		told(t, tree, want...)
	}
}

// TestChoice: which packages are read.
func TestChoice(t *testing.T) {
	archive := `
-- go.mod --
module example.com/c

go 1.24
-- main.go --
package main

import "example.com/c/a"

func main() { a.A() }
-- other/main.go --
package main

import "example.com/c/b"

func main() { b.B() }
-- a/a.go --
package a

import (
	"example.com/c/b"
	"example.com/c/d"
)

func A() {
	b.B()
	d.D()
}
-- b/b.go --
package b

import "example.com/c/e"

func B() { e.E() }
-- d/d.go --
package d

func D() {}
-- e/e.go --
package e

func E() { select {} }
-- f/f.go --
package f
`
	main, b := Position{Func: "main.main", File: "/b/c/main.go", Line: 5}, Position{Func: "example.com/c/b.B", File: "/b/c/b/b.go", Line: 5}
	for _, c := range []struct {
		what      string
		positions []Position
		lines     int
		want      string
		warnings  []string
	}{
		{"all without positions", nil, 0, ". a b d e f other", nil},
		{"what the command imports", []Position{main}, 0, ". a b d e", nil},
		{"without a command", []Position{b}, 0, ". a b d e other", nil},
		{"the callers first", []Position{main, b}, 22, ". a b", []string{"of 5 packages around the profile's places 3 were read, 21 lines"}},
		{"the position's in any case", []Position{b}, 1, "b", []string{" 1 were read, 5 lines"}},
	} {
		tree := open(t, Options{Path: write(t, archive), Lines: c.lines}, c.positions...)
		var got []string
		for _, p := range tree.Program.Packages {
			rel := strings.TrimPrefix(strings.TrimPrefix(p.Path, "example.com/c"), "/")
			if rel == "" {
				rel = "."
			}
			got = append(got, rel)
			if len(p.Errors) > 0 {
				t.Errorf("%s: %v", c.what, p.Errors)
			}
		}
		slices.Sort(got)
		if all := strings.Join(got, " "); all != c.want {
			t.Errorf("%s: read %s", c.what, all)
		}
		told(t, tree, c.warnings...)
	}
}

// TestVendored: other modules' types come from the vendor folder, with and without a go command.
func TestVendored(t *testing.T) {
	archive := strings.Replace(shop, "go 1.24", "go 1.24\n\nrequire github.com/x/y v1.0.0", 1) + `
-- vendor/modules.txt --
# github.com/x/y v1.0.0
## explicit
github.com/x/y
-- vendor/github.com/x/y/y.go --
package y

func Out() chan int { return nil }
-- cart/y.go --
package cart

import "github.com/x/y"

func vendored() { <-y.Out() }
`
	for _, env := range [][]string{nil, bare(t)} {
		tree, err := Open(t.Context(), Options{Path: write(t, archive), Env: env}, Hints{Positions: []Position{total, run}})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range tree.Program.Packages {
			if len(p.Errors) > 0 || strings.Contains(p.Path, "github.com") {
				t.Errorf("%s: %v", p.Path, p.Errors)
			}
		}
		if env == nil {
			told(t, tree)
		} else {
			told(t, tree, "there is no go command on the PATH")
		}
	}
}
