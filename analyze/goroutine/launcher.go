package goroutine

import "strings"

// launchers are library functions that start a goroutine, or run on one, for
// somebody else's function: a goroutine that began there says nothing about who
// wanted it. Matching is on whole names and covers the literals inside them.
//
// A test needs no clock to read this table, and no user extends it, so it is a
// function and not a variable.
func launchers() []launcher {
	return []launcher{
		{"sync.(*WaitGroup).Go", "runs f and calls Done (Go 1.25)"},
		{"time.goFunc", "starts the function of time.AfterFunc"},
		{"context.(*afterFuncCtx).cancel", "starts the function of context.AfterFunc"},
		{"iter.Pull[...]", "runs the sequence on a coroutine"},
		{"iter.Pull2[...]", "runs the sequence on a coroutine"},
		{"testing.tRunner", "runs a test or subtest"},
		{"testing.(*T).Run", "starts tRunner"},
		{"testing.(*B).run1", "starts a benchmark"},
		{"testing.(*B).RunParallel", "runs the body of a parallel benchmark"},
		{"testing.testingSynctestTest", "runs a test in a bubble"},
		{"internal/synctest.Run", "runs a function in a bubble"},
		{"runtime/pprof.Do", "calls f with labels on the same goroutine"},
		{"runtime.main", "calls main.main"},
		{"golang.org/x/sync/errgroup.(*Group).Go", "runs f and keeps its error"},
		{"golang.org/x/sync/errgroup.(*Group).TryGo", "runs f and keeps its error"},
		{"golang.org/x/sync/singleflight.(*Group).doCall", "runs fn once for all callers"},
		{"golang.org/x/sync/singleflight.(*Group).DoChan", "starts doCall"},
		{"github.com/hashicorp/go-multierror.(*Group).Go", "runs f and keeps its error"},
		{"github.com/oklog/run.(*Group).Run", "runs the actors"},
		{"gopkg.in/tomb.v2.(*Tomb).run", "runs f and watches its death"},
		{"gopkg.in/tomb.v2.(*Tomb).Go", "starts run"},
		{"github.com/panjf2000/ants/v2.(*goWorker).run", "pool worker: runs tasks"},
		{"github.com/alitto/pond.worker", "pool worker: runs tasks"},
		{"github.com/gammazero/workerpool.worker", "pool worker: runs tasks"},
	}
}

// launcherPackages are packages of nothing but launchers.
func launcherPackages() []launcher {
	return []launcher{
		{"github.com/sourcegraph/conc", "WaitGroup, pools, streams and the catcher around them"},
		{"k8s.io/apimachinery/pkg/util/wait", "Until, Forever, Group: loops around f"},
	}
}

type launcher struct{ name, why string }

// IsLauncher tells whether a normalised function name is a library's wrapper
// around the function that was to run, so that the entry has to be looked for
// further up the stack.
func IsLauncher(name string) bool { return launcherOf(name) != "" }

// launcherOf names the launcher that name is, or is a literal of; "" for none.
func launcherOf(name string) string {
	// Most names are no launcher; the table is for the few that may be.
	if !mayLaunch(name) {
		return ""
	}
	for _, l := range launchers() {
		if rest, ok := strings.CutPrefix(name, l.name); ok && (rest == "" || rest[0] == '.' || rest[0] == '-') {
			return l.name
		}
	}
	pkg := PackageOf(name)
	for _, l := range launcherPackages() {
		if pkg == l.name || strings.HasPrefix(pkg, l.name+"/") {
			return enclosing(name)
		}
	}
	return ""
}

// mayLaunch rules most functions out by their first bytes.
func mayLaunch(name string) bool {
	for _, p := range []string{"sync.", "time.", "context.", "iter.", "testing.", "internal/", "runtime", "golang.org/", "github.com/", "gopkg.in/", "k8s.io/"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
