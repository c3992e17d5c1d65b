package agree

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze/goroutine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func row(change func(*Row)) Row {
	r := Row{ID: 7, Parent: 1, State: "select", Created: goroutine.Frame{Func: "main.start", File: "main.go", Line: 9},
		Frames: []goroutine.Frame{{Func: "main.wait", File: "main.go", Line: 20}, {Func: "main.run", File: "main.go", Line: 12}}}
	if change != nil {
		change(&r)
	}
	return r
}

func frames(n int, last string) []goroutine.Frame {
	out := make([]goroutine.Frame, n)
	for i := range out {
		out[i] = goroutine.Frame{Func: "main.deep", File: "main.go", Line: 3}
	}
	out[n-1].Func = last
	return out
}

// TestCompare: every single thing that can differ is told, and nothing else.
func TestCompare(t *testing.T) {
	for name, tt := range map[string]struct {
		memory, dump func(*Row)
		want         []Field
	}{
		"the same":             {nil, nil, nil},
		"line of creation":     {func(r *Row) { r.Created.Line++ }, nil, []Field{Creation}},
		"file of creation":     {func(r *Row) { r.Created.File = "x.go" }, nil, []Field{Creation}},
		"no creator":           {func(r *Row) { r.Created = goroutine.Frame{} }, nil, []Field{Creation}},
		"parent":               {func(r *Row) { r.Parent++ }, nil, []Field{Parent}},
		"state":                {func(r *Row) { r.State = "sleep" }, nil, []Field{State}},
		"locked":               {func(r *Row) { r.Locked = true }, nil, []Field{Locked}},
		"line of a frame":      {func(r *Row) { r.Frames[1].Line++ }, nil, []Field{Stack}},
		"a frame is missing":   {func(r *Row) { r.Frames = r.Frames[:1] }, nil, []Field{Stack}},
		"stopped for the dump": {func(r *Row) { r.State, r.Frames = "running", r.Frames[1:] }, func(r *Row) { r.State = "runnable" }, nil},
		"runs another function": {func(r *Row) { r.State, r.Frames = "running", r.Frames[:1] },
			func(r *Row) { r.State = "runnable" }, []Field{Stack}},
		"runnable is not running":     {func(r *Row) { r.State = "runnable" }, func(r *Row) { r.State = "running" }, []Field{State}},
		"the middle is not printed":   {func(r *Row) { r.Frames = frames(300, "main.run") }, func(r *Row) { r.Frames = frames(100, "main.run") }, nil},
		"another end":                 {func(r *Row) { r.Frames = frames(300, "main.deep") }, func(r *Row) { r.Frames = frames(100, "main.run") }, []Field{Stack}},
		"too little of a long stack":  {func(r *Row) { r.Frames = frames(40, "main.run") }, func(r *Row) { r.Frames = frames(100, "main.run") }, []Field{Stack}},
		"longer than what is printed": {func(r *Row) { r.Frames = frames(99, "main.run") }, func(r *Row) { r.Frames = frames(98, "main.run") }, []Field{Stack}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []Field
			for _, d := range Compare(map[uint64]Row{7: row(tt.memory)}, map[uint64]Row{7: row(tt.dump)}) {
				got = append(got, d.Field)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) {
				t.Errorf("differs in %v, want %v", got, tt.want)
			}
		})
	}
}

func TestPresence(t *testing.T) {
	one := map[uint64]Row{7: row(nil)}
	for _, tt := range []struct{ memory, dump map[uint64]Row }{{one, nil}, {nil, one}} {
		if got := Compare(tt.memory, tt.dump); len(got) != 1 || got[0].Field != Presence || got[0].ID != 7 {
			t.Errorf("%v", got)
		}
	}
}

func TestSteady(t *testing.T) {
	before := map[uint64]Row{1: row(nil), 2: row(nil), 3: row(nil), 4: row(nil)}
	after := map[uint64]Row{1: row(nil), 2: row(func(r *Row) { r.State = "sleep" }), 3: row(func(r *Row) { r.Frames[0].Line = 1 }), 5: row(nil)}
	if got := Steady(before, after); len(got) != 1 || got[1].ID != 7 {
		t.Errorf("%v, want goroutine 1 alone", got)
	}
	if got := Only(after, before); len(got) != 3 {
		t.Errorf("%v, want 1, 2 and 3", got)
	}
}

func TestSites(t *testing.T) {
	entry := row(func(r *Row) { r.Frames = r.Frames[:1] })
	got := Sites(map[uint64]Row{1: row(nil), 2: row(nil), 3: entry})
	want := map[Site]int{{row(nil).Created, "main.run"}: 2, {row(nil).Created, "main.wait"}: 1}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRows(t *testing.T) {
	s := goroutine.FromStacks(time.Time{}, []goroutine.Stack{{Frames: row(nil).Frames, State: "select", Locked: true, Count: 2,
		Goroutines: []goroutine.Goroutine{{ID: 3, Parent: 1}, {ID: 4, Parent: 2}}}})
	rows := Rows(s)
	if len(rows) != 2 || rows[4].Parent != 2 || rows[3].State != "select" || !rows[3].Locked || len(rows[3].Frames) != 2 {
		t.Errorf("%+v", rows)
	}
}
