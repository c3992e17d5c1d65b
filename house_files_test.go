package logcap_test

import (
	"bytes"
	"compress/gzip"
	"go/ast"
	"go/format"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// longest is the number of lines of a Go file that is not a test.
const longest = 300

func TestFilesAreShort(t *testing.T) {
	const why = "a file is one noun, and is read from top to bottom in one sitting"
	for _, s := range sources(t) {
		if lines := bytes.Count(s.text, []byte("\n")); !s.test && lines > longest && !within(s.room, "scripts") {
			t.Errorf("%s has %d lines, more than %d: %s", s.path, lines, longest, why)
		}
	}
}

func TestFormatted(t *testing.T) {
	const why = "a difference in layout must never be part of a change"
	for _, s := range sources(t) {
		want, err := format.Source(s.text)
		if err != nil {
			t.Errorf("%s: %v", s.path, err)
		} else if !bytes.Equal(want, s.text) {
			t.Errorf("%s is not as gofmt writes it: %s", s.path, why)
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	const why = "the package comment is where a reader learns what a room is, what it is not and where its data goes"
	for room, files := range byPackage(sources(t)) {
		said := 0
		for _, s := range files {
			if s.ast.Doc != nil {
				said++
			}
		}
		if said != 1 {
			t.Errorf("%s has %d package comments instead of one: %s", room, said, why)
		}
	}
}

func TestEveryTestedPackageWatchesItsGoroutines(t *testing.T) {
	const why = "a tool that finds leaks must not leak, and the tests are where it would be seen: func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }"
	tested, watched := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			continue
		}
		tested[s.room] = true
		for _, decl := range s.ast.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == "TestMain" && uses(s, f, "go.uber.org/goleak") {
				watched[s.room] = true
			}
		}
	}
	for room := range tested {
		if !watched[room] {
			t.Errorf("%s has tests and no TestMain that calls goleak: %s", room, why)
		}
	}
}

// uses says that f calls something of a library.
func uses(s source, f *ast.FuncDecl, library string) bool {
	found := false
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && s.imported(sel.X) == library {
			found = true
		}
		return true
	})
	return found
}

func TestSkipsAreAccountedFor(t *testing.T) {
	const why = "CI must fail for a missing part, not pass over it: internal/missing skips here and fails there"
	for _, s := range sources(t) {
		if s.room == "internal/missing" {
			continue
		}
		for _, decl := range s.ast.Decls {
			// An input that a fuzz target cannot use is no missing part.
			f, ok := decl.(*ast.FuncDecl)
			if !ok || strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				sel, ok := call.Fun.(*ast.SelectorExpr)
				if ok && s.test && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) {
					t.Errorf("%s skips by itself: %s", s.at(call.Pos()), why)
				}
				return true
			})
		}
	}
}

func TestNothingIsLeftForLater(t *testing.T) {
	const why = "what is not done is an issue, not a note in the code"
	later := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|HA` + `CK)\b`)
	for _, s := range sources(t) {
		for _, g := range s.ast.Comments {
			if m := later.FindString(commentText(g)); m != "" {
				t.Errorf("%s says %s: %s", s.at(g.Pos()), m, why)
			}
		}
	}
}

// The patterns are put together from parts so that this file does not hold what it looks for.
func TestNoPathsOfOneMachine(t *testing.T) {
	const why = "a file that names the machine it was made on tells strangers about it and differs on the next one"
	machine := regexp.MustCompile(strings.Join([]string{
		`/wo` + `rk/(main|shared|tmp)\b`, `\.\./sha` + `red\b`, `/ro` + `ot/`, `\bfa` + `rm-[a-z]`, `/tmp/br` + `ief`,
	}, "|"))
	err := filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == ".git" || p == "bin" {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || p == "leak-report.md" {
			return nil
		}
		text, err := contents(p)
		if err != nil {
			return err
		}
		if m := machine.Find(text); m != nil {
			t.Errorf("%s holds %q: %s", filepath.ToSlash(p), m, why)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// contents is a file, decompressed when it is gzip; a recorded profile holds paths too.
func contents(p string) ([]byte, error) {
	text, err := os.ReadFile(p)
	if err != nil || !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		return text, err
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return text, nil // a test's broken input
	}
	const most = 64 << 20 // a test's compression bomb is looked at as far as this
	plain, _ := io.ReadAll(io.LimitReader(z, most))
	return plain, nil
}
