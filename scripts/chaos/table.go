//go:build linux

package main

import (
	"fmt"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/procmem"
)

// wrongTable is a table that the target cannot have.
type wrongTable struct{ why string }

func (w *wrongTable) Error() string { return "a wrong table: " + w.why }

func wrong(format string, args ...any) error { return &wrongTable{fmt.Sprintf(format, args...)} }

// What the target can have: see scripts/chaos/target/churn.go.
const (
	churning = 1000
	// most: a reading takes its time, and the places of goroutines that have ended
	// are taken again before it and behind it. There is no least number: while the
	// process waits for a processor, all of them come to their end.
	most = 2 * churning
)

// lasting are the functions of which each has one goroutine, as long as the process runs.
func lasting() []string {
	return []string{"main.collect", "main.feed", "main.nurseReceivers", "main.nurseRecursers", "main.nurseSelectors", "main.nurseSleepers"}
}

// table reads one process and remembers who was born where.
type table struct {
	r       *procmem.Reader
	born    map[uint64]birth
	parents map[string]uint64 // of each kind, once a parent was seen
	live    int               // goroutines in all readings
	failed  int               // of which not read
	births  int
	structs int // in the last scan; never fewer in a later one
}

// birth is what does not change in a goroutine's life.
type birth struct{ parent, goPC, startPC uint64 }

func newTable(r *procmem.Reader) *table {
	return &table{r: r, born: map[uint64]birth{}, parents: map[string]uint64{}}
}

func (t *table) readings() [3]func() error {
	return [3]func() error{t.scan,
		func() error { return t.snapshot(procmem.Options{}) },
		func() error { return t.snapshot(procmem.Options{AllStacks: true}) }}
}

// nurses says which function starts which at the target's own go statements.
func nurses() map[string]string {
	return map[string]string{
		"main.receiver": "main.nurseReceivers", "main.selector": "main.nurseSelectors", "main.sleeper": "main.nurseSleepers", "main.recurser": "main.nurseRecursers",
		"main.nurseReceivers": "main.startNurseries", "main.nurseSelectors": "main.startNurseries", "main.nurseSleepers": "main.startNurseries", "main.nurseRecursers": "main.startNurseries",
		"main.feed": "main.nurseReceivers", "main.collect": "main.run",
	}
}

// scan checks every struct: its names, its parent, and that an id is the same
// goroutine in every scan.
func (t *table) scan() error {
	seen := map[uint64]bool{}
	by := map[string]int{}
	tally, err := t.r.Scan(func(batch []procmem.G) error {
		for i := range batch {
			g := &batch[i]
			if err := t.check(g); err != nil {
				return err
			}
			if g.Dead() {
				continue
			}
			if seen[g.ID] {
				return wrong("goroutine %d lives twice", g.ID)
			}
			seen[g.ID] = true
			by[t.r.Entry(g.StartPC).Func]++
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.live, t.failed = t.live+tally.Live, t.failed+tally.Failed
	structs := tally.Live + tally.Dead + tally.Unused + tally.Failed
	if structs < t.structs {
		return wrong("%d structs, and %d before", structs, t.structs)
	}
	t.structs = structs
	return checkCounts(by, "runtime.main", tally.Failed)
}

// checkCounts checks how many goroutines of each entry there are.
func checkCounts(by map[string]int, main string, failed int) error {
	sum := 0
	for _, n := range by {
		sum += n
	}
	if sum > most {
		return wrong("%d goroutines", sum)
	}
	for _, name := range append(lasting(), main) {
		if n := by[name]; n > 1 || n == 0 && failed == 0 {
			return wrong("%d goroutines of %s", n, name)
		}
	}
	return nil
}

func (t *table) check(g *procmem.G) error {
	b := birth{g.Parent, g.GoPC, g.StartPC}
	if was, ok := t.born[g.ID]; ok {
		if was != b {
			return wrong("goroutine %d (dead: %v) was %s by %d and is %s by %d", g.ID, g.Dead(), t.name(was), was.parent, t.name(b), b.parent)
		}
		return nil
	}
	entry, created := t.r.Entry(g.StartPC).Func, t.r.Created(g.GoPC).Func
	if strings.HasPrefix(entry, "main.") {
		nurse, ok := nurses()[entry]
		if !ok || created != nurse {
			return wrong("goroutine %d (dead: %v) begins in %s, created by %s", g.ID, g.Dead(), entry, created)
		}
		if parent, ok := t.parents[entry]; ok && parent != g.Parent {
			return wrong("goroutine %d (dead: %v) of %s has the parent %d, others %d", g.ID, g.Dead(), entry, g.Parent, parent)
		}
		t.parents[entry] = g.Parent
	} else if !strings.HasPrefix(entry, "runtime.") && !strings.HasPrefix(entry, "time.") {
		return wrong("goroutine %d (dead: %v) begins in %q", g.ID, g.Dead(), entry)
	}
	t.born[g.ID] = b
	t.births++
	return nil
}

func (t *table) name(b birth) string {
	return t.r.Entry(b.startPC).Func + " created in " + t.r.Created(b.goPC).Func
}

// snapshot checks every stack: where it begins, who created it, and its state.
func (t *table) snapshot(o procmem.Options) error {
	s, tally, err := t.r.Snapshot(o)
	if err != nil {
		return err
	}
	t.live, t.failed = t.live+tally.Live, t.failed+s.Failed
	by := map[string]int{}
	for i := range s.Stacks {
		first, err := checkStack(&s.Stacks[i])
		if err != nil {
			return err
		}
		by[first] += s.Stacks[i].Count
	}
	return checkCounts(by, "main.main", tally.Failed)
}

// checkStack gives the function in which the stack begins.
func checkStack(s *goroutine.Stack) (string, error) {
	if !strings.Contains(states, "|"+string(s.State)+"|") {
		return "", wrong("%d goroutines created by %s are in the state %q", s.Count, s.Created.Func, s.State)
	}
	if len(s.Frames) == 0 && s.State == "running" && s.Created.Func == "" {
		return "main.main", nil // the stack of one that runs is not known, and its entry is the runtime's
	}
	if len(s.Frames) == 0 {
		return "", wrong("%d goroutines created by %s are %s and have no frame", s.Count, s.Created.Func, s.State)
	}
	first := s.Frames[len(s.Frames)-1].Func
	nurse, ok := nurses()[first]
	switch {
	case first == "main.main" && s.Created.Func == "":
	case first == "runtime.runFinalizers" || first == "runtime.runfinq" || first == "runtime.runCleanups": // shown while they call some
	case !ok || s.Created.Func != nurse:
		return "", wrong("%d goroutines in %q begin in %s, created by %s", s.Count, s.Frames[0].Func, first, s.Created.Func)
	}
	for i, f := range s.Frames {
		if !strings.HasPrefix(f.Func, "main.") && !known(f.Func) {
			return "", wrong("frame %d of %d goroutines of %s is %q", i, s.Count, first, f.Func)
		}
	}
	return first, nil
}

// states are those that the target's goroutines can be in.
const states = "|running|runnable|syscall|chan receive|chan send|select|sleep|copystack|preempted|waiting|GC assist wait|GC assist marking|GC sweep wait|" +
	"sync.WaitGroup.Wait|semacquire|IO wait|garbage collection|garbage collection scan|GC mark termination|wait for GC cycle|stopping the world|flushing proc caches|sync.Mutex.Lock|force gc (idle)|"

// known are the packages whose functions the target calls.
func known(name string) bool {
	for _, p := range [...]string{"runtime.", "runtime/debug.", "time.", "math/rand/v2.", "sync.", "os.", "internal/", "syscall.", "fmt.", "panic", "flag."} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}
