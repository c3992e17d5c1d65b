package explain

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/explain/source"
	"github.com/logcap/logcap/analyze/goroutine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shop is a service that starts a query before it checks a quota; beside it are
// a poller that looks untracked and is flat, and one that is counted.
const shop = `
-- go.mod --
module example.com/shop

go 1.22
-- main.go --
package main

import (
	"sync"

	"example.com/shop/search"
)

func main() {
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
	}()
	go poll()
	for i := range 100 {
		search.Search(i > 50)
	}
	wg.Wait()
}

func poll() {
	for {
	}
}
-- search/search.go --
package search

import "errors"

var errQuota = errors.New("over quota")

// Search looks something up.
func Search(over bool) (string, error) {
	found := make(chan string)
	go func() {
		found <- "x"
	}()
	if over {
		return "", errQuota
	}
	return <-found, nil
}
`

// watched is the analysis of a watch of shop, as it was built in another place.
func watched(root string) *analyze.Analysis {
	file := root + "/search/search.go"
	return &analyze.Analysis{
		Verdict: analyze.Probable,
		Findings: []analyze.Finding{{
			Verdict: analyze.Probable, State: "chan send", Mechanism: analyze.Unknown,
			Candidates: []analyze.Mechanism{analyze.PrematureReturn, analyze.TimeoutLeak},
			Site:       goroutine.Site{Func: "example.com/shop/search.Search", File: file, Line: 10, Entry: "example.com/shop/search.Search.func1", Exact: true},
			Blocked:    analyze.Position{Func: "example.com/shop/search.Search.func1", File: file, Line: 11},
			Stack:      []analyze.Position{{Func: "example.com/shop/search.Search.func1", File: file, Line: 11}},
		}},
		Inventory: []analyze.Inventory{
			{Site: goroutine.Site{Func: "main.main", File: root + "/main.go", Line: 15, Entry: "main.poll", Exact: true}, Class: analyze.ClassExpected, First: 1, Last: 1},
		},
	}
}

func lay(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestExplain(t *testing.T) {
	dir := lay(t, shop)
	a := watched("/home/ci/build/shop")
	Explain(t.Context(), a, Options{Source: source.Options{Path: dir}, Build: true})
	f := a.Findings[0]
	if f.Mechanism != analyze.PrematureReturn || len(f.Candidates) != 0 {
		t.Errorf("mechanism %s, candidates %v", f.Mechanism, f.Candidates)
	}
	if f.Cause == nil || f.Cause.File != "search/search.go" || f.Cause.Line != 14 || f.Cause.Kind != analyze.Derived || f.Cause.Func != "example.com/shop/search.Search" {
		t.Errorf("cause %+v", f.Cause)
	}
	if f.Fix == nil || f.Fix.Diff == nil || f.Fix.Compiles == nil || !*f.Fix.Compiles || !strings.Contains(*f.Fix.Diff, "+\tfound := make(chan string, 1)\n") {
		t.Errorf("fix %+v", f.Fix)
	}
	if len(f.Code) != 1 || f.Code[0].First != 8 || len(f.Code[0].Marks) < 3 || len(f.Code[0].Lines) != 10 {
		t.Errorf("code %+v", f.Code)
	}
	if a.Tree == nil || a.Tree.Module != "example.com/shop" || a.Tree.Level != "types" || a.Tree.Placed == 0 {
		t.Errorf("tree %+v", a.Tree)
	}
	if len(a.Cleared) != 1 || a.Cleared[0].Site.Line != 15 || a.Cleared[0].Count != (analyze.Count{First: 1, Last: 1}) || a.Cleared[0].Kind != analyze.Derived {
		t.Errorf("cleared %+v", a.Cleared)
	}
	if len(a.Warnings) != 0 {
		t.Errorf("warnings %q", a.Warnings)
	}
}

// The answer is the same however often it is asked for.
func TestExplainTwice(t *testing.T) {
	dir := lay(t, shop)
	one, two := watched("/a"), watched("/b")
	for _, a := range []*analyze.Analysis{one, two} {
		Explain(t.Context(), a, Options{Source: source.Options{Path: dir}})
	}
	if one.Findings[0].Cause.Text != two.Findings[0].Cause.Text || *one.Findings[0].Fix.Diff != *two.Findings[0].Fix.Diff || !slices.Equal(one.Cleared, two.Cleared) {
		t.Errorf("%+v\n%+v", one.Findings[0], two.Findings[0])
	}
}

// What stands in the way is said once, and the analysis stays as good as it was.
func TestInTheWay(t *testing.T) {
	for _, tc := range []struct {
		name string
		// change makes something of the tree; nogo takes the go command away.
		change func(t *testing.T, dir string)
		nogo   bool
		warn   string // what one warning says; "" for none
		cause  bool   // the cause is found all the same
		diff   bool
	}{
		{name: "as it is", change: func(*testing.T, string) {}, cause: true, diff: true},
		{name: "no go command", change: func(*testing.T, string) {}, nogo: true, warn: "go", cause: true, diff: true},
		{name: "empty folder", change: func(t *testing.T, dir string) {
			for _, name := range []string{"go.mod", "main.go", "search"} {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}, warn: "source"},
		{name: "another program", change: func(t *testing.T, dir string) {
			write(t, dir, "search/search.go", "package search\n\nfunc Other() {}\n")
			write(t, dir, "main.go", "package main\n\nfunc main() {}\n")
		}, warn: "not the source"},
		{name: "another version", change: func(t *testing.T, dir string) {
			text, err := os.ReadFile(filepath.Join(dir, "search", "search.go"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "search/search.go", strings.Replace(string(text), "\nvar err", strings.Repeat("\n// moved", 30)+"\nvar err", 1))
		}},
		{name: "does not parse", change: func(t *testing.T, dir string) { write(t, dir, "search/broken.go", "package search\n\nfunc {\n") }, warn: "broken.go", cause: true, diff: true},
		{name: "generated", change: func(t *testing.T, dir string) {
			text, err := os.ReadFile(filepath.Join(dir, "search", "search.go"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "search/search.go", strings.Replace(string(text), "package search\n\nimport", "// Code generated by searchgen. DO NOT EDIT.\npackage search\nimport", 1))
		}, cause: true},
		{name: "a newer go", change: func(t *testing.T, dir string) { write(t, dir, "go.mod", "module example.com/shop\n\ngo 1.99\n") }, warn: "1.99", cause: true, diff: true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := lay(t, shop)
			tc.change(t, dir)
			env := os.Environ()
			if tc.nogo {
				t.Setenv("PATH", t.TempDir())
				env = append(os.Environ(), "PATH="+t.TempDir())
			}
			a := watched(dir)
			Explain(t.Context(), a, Options{Source: source.Options{Path: dir, Env: env}, Build: true})
			f := a.Findings[0]
			if found := f.Cause != nil; tc.cause && (!found || f.Mechanism != analyze.PrematureReturn) {
				t.Errorf("cause %+v, mechanism %s, warnings %q", f.Cause, f.Mechanism, a.Warnings)
			}
			if diff := f.Fix != nil && f.Fix.Diff != nil; diff != tc.diff && tc.cause {
				t.Errorf("fix %+v, want a diff: %t", f.Fix, tc.diff)
			}
			said := 0
			for _, w := range a.Warnings {
				if tc.warn != "" && strings.Contains(w, tc.warn) {
					said++
				}
			}
			if tc.warn != "" && said == 0 || tc.warn == "" && tc.cause && len(a.Warnings) > 0 {
				t.Errorf("warnings %q, want one of %q", a.Warnings, tc.warn)
			}
			if f.Verdict != analyze.Probable || f.Blocked.Line != 11 {
				t.Errorf("what was measured was changed: %+v", f)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Another program around the working directory, which nobody named, is left
// alone, although it has a main.run too.
func TestModuleAroundIsAnother(t *testing.T) {
	dir := lay(t, `
-- go.mod --
module example.com/other

go 1.22
-- main.go --
package main

func main() { run() }

func run() {
	c := make(chan int)
	go func() { c <- 1 }()
}
`)
	a := watched("/home/ci/build/shop")
	a.Findings[0].Lineage = []analyze.Ancestor{{Position: analyze.Position{Func: "main.run", File: "/home/ci/build/shop/main.go", Line: 40}}}
	Explain(t.Context(), a, Options{Source: source.Options{Dir: dir}})
	if f := a.Findings[0]; a.Tree != nil || f.Mechanism != analyze.Unknown || f.Cause != nil || len(a.Warnings) > 0 || len(a.Cleared) > 0 {
		t.Errorf("tree %+v, finding %+v, warnings %q", a.Tree, f, a.Warnings)
	}
	Explain(t.Context(), a, Options{Source: source.Options{Path: dir}})
	if f := a.Findings[0]; f.Mechanism != analyze.Unknown || f.Cause != nil {
		t.Errorf("named, and it explained %+v", f)
	}
}
