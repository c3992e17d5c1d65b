package repair

import (
	"fmt"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What Diff writes, git applies, and the result is the text after.
func TestDiffApplies(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		before := draw(r, 1+r.IntN(40))
		after := mutate(r, before)
		if before == after {
			continue
		}
		name := filepath.Join(dir, "x.go")
		if err := os.WriteFile(name, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		c := &Change{Files: map[string]Revision{name: {[]byte(before), []byte(after)}}}
		diff := c.Diff(func(string) string { return "x.go" })
		cmd := exec.Command("git", "apply", "--unidiff-zero", "-")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(diff)
		cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%d: git apply: %v\n%s\n%s", i, err, out, diff)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != after {
			t.Fatalf("%d: applied otherwise: %s", i, cmp.Diff(after, string(got)))
		}
	}
}

func draw(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		fmt.Fprintf(&b, "line %d\n", r.IntN(8))
	}
	if r.IntN(4) == 0 {
		return strings.TrimSuffix(b.String(), "\n")
	}
	return b.String()
}

func mutate(r *rand.Rand, s string) string {
	all := lines([]byte(s))
	for range 1 + r.IntN(4) {
		i := r.IntN(len(all) + 1)
		switch {
		case i < len(all) && r.IntN(2) == 0 && len(all) > 1:
			all = append(all[:i:i], all[i+1:]...)
		default:
			all = append(all[:i:i], append([]string{"new " + fmt.Sprint(r.IntN(100)) + "\n"}, all[i:]...)...)
		}
	}
	for i, l := range all[:len(all)-1] {
		if !strings.HasSuffix(l, "\n") {
			all[i] = l + "\n"
		}
	}
	return strings.Join(all, "")
}

const shop = `package shop

func Open() chan int {
	c := make(chan int)
	go func() { c <- 1 }()
	return c
}
`

func TestApply(t *testing.T) {
	fset, pos := parse(t, shop)
	at := pos("make(chan int") + token.Pos(len("make(chan int"))
	end := pos("return c")
	for _, tc := range []struct {
		name string
		fix  Fix
		want string // "" for an error
	}{
		{"room", Fix{Edits: []Edit{{at, at, ", 1"}}}, strings.Replace(shop, "chan int)", "chan int, 1)", 1)},
		{"an import", Fix{Edits: []Edit{{end, end, "_ = time.Now()\n"}}, Imports: []Import{{end, "time"}}},
			strings.Replace(strings.Replace(shop, "\n\nfunc", "\n\nimport \"time\"\n\nfunc", 1), "\treturn", "\t_ = time.Now()\n\treturn", 1)},
		{"overlapping", Fix{Edits: []Edit{{at - 4, at + 1, "x"}, {at, at + 1, "y"}}}, ""},
		{"what does not parse", Fix{Edits: []Edit{{at, at, ")"}}}, ""},
		{"nothing", Fix{}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := Apply(fset, func(string) []byte { return []byte(shop) }, &tc.fix)
			if tc.want == "" {
				if err == nil {
					t.Fatalf("no error, but %q", c.Files)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, string(c.Files["shop.go"].After)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func parse(t *testing.T, src string) (*token.FileSet, func(string) token.Pos) {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "shop.go", src, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fset, func(s string) token.Pos { return f.FileStart + token.Pos(strings.Index(src, s)) }
}

func TestBuild(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "shop.go")
	for path, text := range map[string]string{name: shop, filepath.Join(dir, "go.mod"): "module shop\n\ngo 1.22\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for want, after := range map[bool]string{true: strings.Replace(shop, "int)\n", "int, 1)\n", 1), false: strings.Replace(shop, "int)\n", "int, x)\n", 1)} {
		c := &Change{Files: map[string]Revision{name: {[]byte(shop), []byte(after)}}}
		got, err := Build(t.Context(), dir, []string{"."}, c, os.Environ())
		if err != nil {
			t.Fatal(err)
		}
		if got.OK != want || !want && !strings.Contains(got.Output, "undefined: x") {
			t.Errorf("ok %t, want %t: %s", got.OK, want, got.Output)
		}
	}
	if text, err := os.ReadFile(name); err != nil || string(text) != shop {
		t.Errorf("the tree was written to: %v\n%s", err, text)
	}
}
