package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze/explain/code"
)

// bare is an environment without a go command and without a GOROOT.
func bare(t *testing.T, more ...string) []string {
	t.Helper()
	return append([]string{"PATH=" + t.TempDir(), "HOME=" + t.TempDir()}, more...)
}

// told wants exactly these warnings: of each the words that it holds.
func told(t *testing.T, tree *Tree, want ...string) {
	t.Helper()
	for _, w := range want {
		if n := len(slices.DeleteFunc(slices.Clone(tree.Warnings), func(s string) bool { return !strings.Contains(s, w) })); n != 1 {
			t.Errorf("%q is told %d times", w, n)
		}
	}
	if len(tree.Warnings) != len(want) {
		t.Errorf("%d warnings instead of %d:\n%s", len(tree.Warnings), len(want), strings.Join(tree.Warnings, "\n"))
	}
	for _, w := range tree.Warnings {
		if strings.Contains(w, "\n") || len(w) > 600 {
			t.Errorf("a warning is not one line: %q", w)
		}
	}
}

var (
	total = Position{Func: "example.com/shop/cart.(*Cart).Total.func1", File: "/home/ci/build/shop/cart/cart.go", Line: 8}
	run   = Position{Func: "main.run", File: "/home/ci/build/shop/cmd/web/main.go", Line: 12}
)

func TestNoSource(t *testing.T) {
	empty := t.TempDir()
	for name, o := range map[string]Options{
		"no go.mod":   {Dir: empty},
		"no folder":   {Path: filepath.Join(empty, "gone")},
		"another one": {Dir: write(t, "-- go.mod --\nmodule example.com/other\n-- other.go --\npackage other\n")},
	} {
		_, err := Open(t.Context(), o, Hints{Positions: []Position{total, run}})
		var none *NoSource
		if !errors.As(err, &none) || none.Hint() == "" || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrongSource(t *testing.T) {
	dir := write(t, "-- go.mod --\nmodule example.com/other\n\ngo 1.24\n-- main.go --\npackage main\n\nfunc main() {\n}\n")
	tree := open(t, Options{Path: dir}, total, run, Position{Func: "main.main", File: "/home/ci/build/shop/cmd/web/main.go", Line: 6})
	told(t, tree, "this is not the source of what ran")
	if _, ok := tree.Locate(Position{Func: "main.main", File: "/x/main.go", Line: 3}); ok {
		t.Error("a place was found in the wrong source")
	}
	if len(tree.Program.Funcs) > 0 {
		t.Error("the wrong source was read")
	}
	// The commands of two programs are both called main.
	tree = open(t, Options{Path: dir}, Position{Func: "main.main", File: "/app/main.go", Line: 60})
	told(t, tree, "this is not the source of what ran")
	// Of libraries alone nobody can tell whose they are.
	tree = open(t, Options{Path: dir}, Position{Func: "net/http.(*persistConn).readLoop", File: "/usr/local/go/src/net/http/transport.go", Line: 2300})
	told(t, tree, "no function of the profile is of module example.com/other")
}

// A library that the watched command uses is a source too.
func TestLibraryAlone(t *testing.T) {
	_, web, _ := strings.Cut(shop, "-- cart/")
	dir := write(t, "-- go.mod --\nmodule example.com/shop\n\ngo 1.24\n-- cart/"+web)
	tree := open(t, Options{Path: dir}, total, run,
		Position{Func: "main.main", File: "/b/app/main.go", Line: 6}, Position{Func: "main.more", File: "/b/app/main.go", Line: 60})
	told(t, tree, "the command that ran is not in module example.com/shop: only its packages are looked up")
	if p, ok := tree.Locate(total); !ok || p.Rel != "cart/cart.go" {
		t.Errorf("found %v, %+v", ok, p)
	}
}

// Without a go command and without the standard library's source, the names
// that the analysis needs are known all the same.
func TestStubsStandIn(t *testing.T) {
	dir := write(t, shop+`
-- cart/wait.go --
package cart

import (
	"context"
	"context"
	"example.com/gone"
	"net/http"
	"sync"
	"time"
)

type Store struct {
	mu  sync.Mutex
	cli *gone.Client
}

func (s *Store) Watch(ctx context.Context, ch chan<- *http.Response) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	resp, err := http.Get(s.cli.Address())
	if err != nil || resp.StatusCode != http.StatusTeapot {
		return
	}
	select {
	case ch <- resp:
	case <-ctx.Done():
	}
}
`)
	units, err := newWalker(bare(t)).walk(t.Context(), dir, "example.com/shop", true)
	if err != nil {
		t.Fatal(err)
	}
	x := newIndex(root{dir: dir, module: "example.com/shop"}, units)
	l := newLoader(x, newReader(token.NewFileSet()), x.own)
	packages, err := l.load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var w warnings
	w.loaded(l, x.own)
	told(t, &Tree{Warnings: w.list}, "example.com/gone: the source is not here", "context, net/http, sync and 1 more: the source is not here, and only the names")
	p := code.New(l.reader.fset, packages)
	watch := p.Named("example.com/shop/cart.(*Store).Watch")
	if len(watch) != 1 {
		t.Fatal("the function is not there")
	}
	var kinds []code.OpKind
	for _, op := range p.OpsIn(watch[0]) {
		kinds = append(kinds, op.Kind)
	}
	for _, want := range []code.OpKind{code.Derive, code.Lock, code.Unlock, code.Send, code.Receive} {
		if !slices.Contains(kinds, want) {
			t.Errorf("no operation of kind %v in %v", want, kinds)
		}
	}
}

// A reader who gives up gets the context's error, and nothing goes on behind it.
func TestGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, env := range [][]string{nil, bare(t)} {
		if _, err := Open(ctx, Options{Path: write(t, shop), Env: env}, Hints{}); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestAnotherVersion(t *testing.T) {
	tree := open(t, Options{Path: write(t, strings.Replace(shop, "package cart", "package cart\n\n// More\n// lines\n// than\n// there\n// were.", 1))},
		total, run, Position{Func: "example.com/shop/cart.Removed", File: "/home/ci/build/shop/cart/cart.go", Line: 30})
	told(t, tree, "1 of 3 places have moved, the first: line 8 is outside literal 1 of example.com/shop/cart.(*Cart).Total, which is at 13-15", "1 of 3 places of the profile are not in the source, the first in example.com/shop/cart.Removed")
	p, ok := tree.Locate(total)
	if !ok || p.Line != 14 || p.From != 11 || p.To != 17 || p.Doubt == "" {
		t.Errorf("found %v, %+v", ok, p)
	}
	// A profile that says where functions begin leaves no doubt about the line.
	started := Position{Func: "example.com/shop/cart.(*Cart).Total", File: "/home/ci/build/shop/cart/cart.go", Line: 7, Start: 5}
	tree = open(t, Options{Path: tree.Root}, total, started)
	for _, c := range []struct {
		pos  Position
		line int
	}{{total, 14}, {started, 13}} {
		if p, ok := tree.Locate(c.pos); !ok || p.Line != c.line || !strings.Contains(p.Doubt, "(*Cart).Total is 6 lines lower here") {
			t.Errorf("line %d was found %v, %+v", c.pos.Line, ok, p)
		}
	}
}

func TestNotWhole(t *testing.T) {
	for _, c := range []struct {
		name, archive string
		positions     []Position
		env           []string
		level         Level
		warnings      []string
	}{
		{"a file does not parse", shop + "-- cart/broken.go --\npackage cart\n\nfunc broken( {\n", nil, nil, Types, []string{"cart/broken.go: does not parse"}},
		{"a file without a package", shop + "-- cart/broken.go --\n???\n", nil, nil, Types, []string{"cart/broken.go: does not parse"}},
		{"does not type-check", shop + "-- cart/broken.go --\npackage cart\n\nvar x int = \"\"\n", nil, nil, Types, []string{"example.com/shop/cart: does not type-check (cart/broken.go:3: cannot use \"\""}},
		{"cgo", shop + "-- cart/c.go --\npackage cart\n\n// int x;\nimport \"C\"\n\nfunc c() int { return int(C.x) }\n", nil, []string{"CGO_ENABLED=1"}, Types, []string{"cart/c.go: imports \"C\""}},
		{"another platform", shop + "-- cart/poll_plan9.go --\npackage cart\n\nfunc poll() {}\n",
			[]Position{{Func: "example.com/shop/cart.poll", File: "/b/shop/cart/poll_plan9.go", Line: 3}}, nil, Types, []string{"poll_plan9.go: not built for"}},
		{"a tag", shop + "-- cart/fast.go --\n//go:build fast\n\npackage cart\n\nfunc fast() {}\n",
			[]Position{{Func: "example.com/shop/cart.fast", File: "/b/shop/cart/fast.go", Line: 5}}, nil, Types, []string{"fast.go: not built for"}},
		{"a test", shop + "-- cart/cart_test.go --\npackage cart\n\nfunc helper() {}\n",
			[]Position{{Func: "example.com/shop/cart.helper", File: "/b/shop/cart/cart_test.go", Line: 3}}, nil, Types, []string{"cart_test.go: tests are not read"}},
		{"a module is missing", strings.Replace(shop, "go 1.24", "go 1.24\n\nrequire (\n\tgolang.org/x/sync v0.0.1\n\texample.com/lib v1.2.3\n)", 1) +
			"-- cart/sync.go --\npackage cart\n\nimport (\n\t\"golang.org/x/sync/errgroup\"\n\t\"example.com/lib\"\n)\n\nfunc wait() {\n\tvar g errgroup.Group\n\tg.Go(lib.Run)\n\t_ = g.Wait()\n}\n",
			nil, nil, Types, []string{"example.com/lib: the source is not here", "golang.org/x/sync/errgroup: the source is not here, and only the names"}},
		{"a newer Go", strings.Replace(shop, "go 1.24", "go 1.99\n\ntoolchain go1.99.1", 1), nil, nil, Types, []string{"the module asks for go1.99"}},
		{"a go.work that leaves it out", shop + "-- go.work --\ngo 1.24\n\nuse ./other\n-- other/go.mod --\nmodule example.com/other\n\ngo 1.24\n", nil, nil, Types, []string{"the go.work above does not fit"}},
		{"a vendor folder that does not fit", strings.Replace(shop, "go 1.24", "go 1.24\n\nrequire example.com/lib v1.2.3", 1) + "-- vendor/modules.txt --\n# example.com/else v1.0.0\n",
			nil, nil, Types, []string{"the vendor folder does not fit go.mod"}},
		{"a go.mod that is none", strings.Replace(shop, "go 1.24", "go 1.24\nrequire {", 1), nil, nil, Syntax, []string{"the go command does not list the packages"}},
		{"no go command", shop, nil, bare(t), Syntax, []string{"there is no go command on the PATH"}},
		{"two packages in a folder", shop + "-- cart/other.go --\npackage other\n", nil, nil, Types, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := write(t, c.archive)
			env := c.env
			if len(env) < 2 {
				env = append(os.Environ(), env...)
			}
			before := digest(t, dir)
			tree, err := Open(t.Context(), Options{Path: dir, Env: env}, Hints{Positions: append(c.positions, total, run)})
			if err != nil {
				t.Fatal(err)
			}
			told(t, tree, c.warnings...)
			if tree.Level != c.level {
				t.Errorf("the level is %v", tree.Level)
			}
			for _, pos := range []Position{total, run} {
				p, ok := tree.Locate(pos)
				if !ok || p.Line != pos.Line || p.Doubt != "" {
					t.Errorf("%s: found %v, %+v", pos.Func, ok, p)
				}
			}
			if fn := tree.Program.Named("main.run"); len(fn) != 1 {
				t.Errorf("%d functions main.run", len(fn))
			}
			for _, pos := range c.positions {
				if _, ok := tree.Locate(pos); ok {
					t.Errorf("%s was found in a file that is not read", pos.Func)
				}
			}
			if after := digest(t, dir); after != before {
				t.Error("the tree was written to")
			}
		})
	}
}

// digest is of all names and bytes below a folder.
func digest(t *testing.T, dir string) string {
	t.Helper()
	h := sha256.New()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		h.Write([]byte(p))
		h.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(h.Sum(nil))
}
