package analyze_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
)

// daemon is a process that leaks connections, as scans and dumps of it tell:
// readLoop, created by dialConn in a goroutine that has ended, created by
// startDialConnForLocked in one that lives.
type daemon struct {
	b      *analyze.Builder
	parent func(i int) uint64 // of the i-th dialConn goroutine; 0: nobody saw it
	found  func(i int) string // functions of the target's own that the parent was in, innermost first; "" nobody looked
	inCall func(i int) bool   // and that it was in a call into net/http
	loops  map[uint64]string  // the functions of living goroutines, innermost first
}

func frame(fn string) goroutine.Frame {
	return goroutine.Frame{Func: fn, File: "/src/" + strings.ReplaceAll(goroutine.PackageOf(fn), ".", "/") + ".go", Line: 1 + len(fn)}
}

func frames(fns string) []goroutine.Frame {
	var out []goroutine.Frame
	for _, fn := range strings.Fields(fns) {
		out = append(out, frame(fn))
	}
	return out
}

// analysis watches for two minutes, one connection a second.
func (d *daemon) analysis() *analyze.Analysis {
	d.b = analyze.NewBuilder(analyze.Target{Name: "simulated"})
	for tick := range 121 {
		s := d.snapshot(tick)
		d.b.Counts(at(float64(tick)), s)
		if tick%5 == 0 {
			d.b.Dump(at(float64(tick)), s)
			d.b.Births(at(float64(tick)), &lineage.News{Births: d.births(tick)})
		}
	}
	return analyze.Detect(d.b.History(), analyze.DefaultThresholds())
}

func (d *daemon) snapshot(n int) *goroutine.Snapshot {
	var stacks []goroutine.Stack
	for id, fns := range d.loops {
		stacks = append(stacks, goroutine.Stack{Frames: frames(fns), State: "select", Count: 1, Goroutines: []goroutine.Goroutine{{ID: id, Parent: 1}}})
	}
	leaked := goroutine.Stack{Frames: frames("internal/poll.runtime_pollWait net.(*conn).Read net/http.(*persistConn).readLoop"), State: "IO wait",
		Created: frame("net/http.(*Transport).dialConn")}
	for i := range n {
		leaked.Goroutines = append(leaked.Goroutines, goroutine.Goroutine{ID: uint64(1000 + 2*i + 1), Parent: uint64(1000 + 2*i)})
	}
	if leaked.Count = n; n > 0 {
		stacks = append(stacks, leaked)
	}
	return goroutine.FromStacks(time.Time{}, stacks)
}

// births are the five since the dump before.
func (d *daemon) births(n int) []lineage.Birth {
	var out []lineage.Birth
	for i := max(0, n-5); i < n; i++ {
		dial := uint64(1000 + 2*i)
		out = append(out, lineage.Birth{ID: dial + 1, Parent: dial, Created: frame("net/http.(*Transport).dialConn"), Entry: frame("net/http.(*Transport).dialConn.gowrap2")})
		if parent := d.parent(i); parent != 0 {
			b := lineage.Birth{ID: dial, Parent: parent, Created: frame("net/http.(*Transport).startDialConnForLocked"), Entry: frame("net/http.(*Transport).startDialConnForLocked.func1")}
			if fns := d.found(i); fns != "" {
				if d.inCall(i) {
					fns = "net/http.(*Transport).getConn net/http.(*Client).Do " + fns
				}
				b.Stack = frames(fns)
			}
			out = append(out, b)
		}
	}
	return out
}

func lines(f analyze.Finding) string {
	var b strings.Builder
	for _, a := range f.Lineage {
		fmt.Fprintf(&b, "%s %d/%d alive=%v\n", a.Func, a.Seen, a.Of, a.Alive)
	}
	if f.Cause != nil {
		fmt.Fprintf(&b, "%s: %s\n", f.Cause.Kind, f.Cause.Text)
		for _, c := range f.Cause.Candidates {
			fmt.Fprintf(&b, "%s %.2f %s\n", c.Func, c.Score, c.Why)
		}
	}
	for _, e := range f.Evidence {
		if strings.Contains(e.Text, "who created whom") || strings.Contains(e.Text, "name their parents") {
			b.WriteString(e.Text + "\n")
		}
	}
	return b.String()
}

func TestLines(t *testing.T) {
	const loop = "app/monitor.(*Monitor).Run main.main"
	const inside = "app/pool.Ping app/monitor.(*Monitor).check " + loop
	always := func(v string) func(int) string { return func(int) string { return v } }
	yes := func(int) bool { return true }
	head := func(dial, start string, alive bool) string {
		return fmt.Sprintf("net/http.(*Transport).dialConn %s alive=false\nnet/http.(*Transport).startDialConnForLocked %s alive=%v\n", dial, start, alive)
	}
	for name, c := range map[string]struct {
		daemon daemon
		want   string
	}{
		"the ancestor is in the call each time, and in its loop in the dumps": {
			daemon{parent: func(int) uint64 { return 7 }, found: always(inside), inCall: yes, loops: map[uint64]string{7: loop}},
			head("120/120", "120/120", true) +
				"app/pool.Ping 120/120 alive=true\napp/monitor.(*Monitor).check 120/120 alive=true\napp/monitor.(*Monitor).Run 120/120 alive=true\n" +
				"measured: created on behalf of app/pool.Ping, in 120 of the 120 whose ancestors are known\n" +
				"app/pool.Ping 1.00 120 of 120 goroutines whose ancestors are known descend from here\n" +
				"Scans of its memory show who created whom: 120 of the 120 whose ancestors are known descend from a goroutine that runs app/monitor.(*Monitor).Run, 120 times found in a call of app/pool.Ping\n"},
		"it is back in its loop each time: only the loop is claimed": {
			daemon{parent: func(int) uint64 { return 7 }, found: always(loop), inCall: func(int) bool { return false }, loops: map[uint64]string{7: loop}},
			head("120/120", "120/120", true) + "app/monitor.(*Monitor).Run 120/120 alive=true\n" +
				"measured: created on behalf of app/monitor.(*Monitor).Run, in 120 of the 120 whose ancestors are known\n" +
				"app/monitor.(*Monitor).Run 1.00 120 of 120 goroutines whose ancestors are known descend from here\n" +
				"Scans of its memory show who created whom: 120 of the 120 whose ancestors are known descend from a goroutine that runs app/monitor.(*Monitor).Run\n"},
		"one in ten was found in the call: it is shown and not named": {
			daemon{parent: func(int) uint64 { return 7 }, found: func(i int) string {
				if i%10 == 0 {
					return inside
				}
				return loop
			}, inCall: func(i int) bool { return i%10 == 0 }, loops: map[uint64]string{7: loop}},
			head("120/120", "120/120", true) +
				"app/pool.Ping 12/120 alive=true\napp/monitor.(*Monitor).check 12/120 alive=true\napp/monitor.(*Monitor).Run 120/120 alive=true\n" +
				"measured: created on behalf of app/monitor.(*Monitor).Run, in 120 of the 120 whose ancestors are known\n" +
				"app/monitor.(*Monitor).Run 1.00 120 of 120 goroutines whose ancestors are known descend from here\n" +
				"Scans of its memory show who created whom: 120 of the 120 whose ancestors are known descend from a goroutine that runs app/monitor.(*Monitor).Run\n"},
		"two loops: both are shown, with their shares; of a third nothing is known": {
			daemon{parent: func(i int) uint64 { return []uint64{7, 7, 8, 0}[i%4] }, found: func(i int) string { return []string{loop, loop, "app/other.Loop", ""}[i%4] },
				inCall: func(int) bool { return false }, loops: map[uint64]string{7: loop, 8: "app/other.Loop"}},
			head("60/90", "60/90", true) + "app/monitor.(*Monitor).Run 60/90 alive=true\n" +
				"measured: created on behalf of app/monitor.(*Monitor).Run, in 60 of the 90 whose ancestors are known\n" +
				"app/monitor.(*Monitor).Run 0.67 60 of 90 goroutines whose ancestors are known descend from here\n" +
				"app/other.Loop 0.33 30 of 90 goroutines whose ancestors are known descend from here\n" +
				"Scans of its memory show who created whom: 60 of the 90 whose ancestors are known descend from a goroutine that runs app/monitor.(*Monitor).Run; of 30 more the ancestors had ended unseen\n"},
		"nobody looked, and the ancestor lives: where it is in the dumps": {
			daemon{parent: func(int) uint64 { return 7 }, found: always(""), inCall: yes, loops: map[uint64]string{7: loop}},
			head("120/120", "120/120", true) + "app/monitor.(*Monitor).Run 120/120 alive=true\n" +
				"measured: created on behalf of app/monitor.(*Monitor).Run, in 120 of the 120 whose ancestors are known\n" +
				"app/monitor.(*Monitor).Run 1.00 120 of 120 goroutines whose ancestors are known descend from here\n" +
				"Scans of its memory show who created whom: 120 of the 120 whose ancestors are known descend from a goroutine that runs app/monitor.(*Monitor).Run\n"},
		"all ancestors ended unseen": {
			daemon{parent: func(int) uint64 { return 0 }, found: always(""), inCall: yes, loops: map[uint64]string{7: loop}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := c.daemon.analysis()
			if len(a.Findings) != 1 {
				t.Fatalf("want one finding\n%s", describe(a))
			}
			if got := lines(a.Findings[0]); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}
