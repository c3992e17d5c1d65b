package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// write unpacks an archive into a folder of its own.
func write(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// open opens a tree that must be there.
func open(t *testing.T, o Options, positions ...Position) *Tree {
	t.Helper()
	tree, err := Open(t.Context(), o, Hints{Positions: positions})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

const shop = `
-- go.mod --
module example.com/shop

go 1.24
-- cmd/web/main.go --
package main

import "example.com/shop/cart"

func main() {
	go run()
	select {}
}

func run() {
	var c cart.Cart
	c.Total()
}
-- cmd/tool/main.go --
package main

func main() {
	println()
}
-- cart/cart.go --
package cart

type Cart struct{}

func (c *Cart) Total() int {
	ch := make(chan int)
	go func() {
		ch <- 1
	}()
	return 0
}
`

func TestOpenReadsTypes(t *testing.T) {
	tree := open(t, Options{Path: write(t, shop)},
		Position{Func: "example.com/shop/cart.(*Cart).Total.func1", File: "/home/ci/build/shop/cart/cart.go", Line: 8},
		Position{Func: "main.run", File: "/home/ci/build/shop/cmd/web/main.go", Line: 12})
	if tree.Level != Types || tree.Command != "example.com/shop/cmd/web" || len(tree.Warnings) > 0 {
		t.Errorf("level %v, command %q, warnings %q", tree.Level, tree.Command, tree.Warnings)
	}
	place, ok := tree.Locate(Position{Func: "example.com/shop/cart.(*Cart).Total.func1", File: "/app/cart.go", Line: 8})
	if !ok || place.Rel != "cart/cart.go" || place.Line != 8 || place.Doubt != "" || place.From != 5 || place.To != 11 {
		t.Errorf("found %v, %+v", ok, place)
	}
	if fn := tree.Program.At(place.File, place.Line); fn == nil || fn.Name != "example.com/shop/cart.(*Cart).Total.func1" {
		t.Errorf("there is %v", fn)
	}
	for _, p := range tree.Program.Packages {
		if len(p.Errors) > 0 {
			t.Errorf("%s: %v", p.Path, p.Errors)
		}
	}
}
