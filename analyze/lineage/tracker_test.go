package lineage

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze/goroutine"
)

// names gives every address a name of its own.
type names struct{}

func (names) Created(pc uint64) goroutine.Frame {
	return goroutine.Frame{Func: fmt.Sprintf("pkg.creator%d", pc), File: "creator.go", Line: int(pc)}
}

func (names) Entry(pc uint64) goroutine.Frame {
	return goroutine.Frame{Func: fmt.Sprintf("pkg.entry%d", pc), File: "entry.go", Line: int(pc), Start: int(pc)}
}

// scan shows goroutines to the tracker.
func scan(t *Tracker, seen ...Sighting) []Fresh {
	t.Begin()
	for _, s := range seen {
		t.Saw(s)
	}
	return slices.Clone(t.End())
}

func ids(births []Birth) []uint64 {
	var out []uint64
	for _, b := range births {
		out = append(out, b.ID)
	}
	return out
}

// TestDeadParent is the case that lineage is for: the parent of a leaked goroutine
// was never seen alive, and its own parent lives.
func TestDeadParent(t *testing.T) {
	app := Sighting{ID: 7, Parent: 1, GoPC: 70, StartPC: 700, Addr: 0x70}
	tr := New(0)
	if fresh := scan(tr, app); len(fresh) != 0 {
		t.Errorf("the first scan gave %v: nobody knows when those were born", fresh)
	}
	dial := Sighting{ID: 20, Parent: 7, GoPC: 71, StartPC: 710, Dead: true}
	leaked := Sighting{ID: 21, Parent: 20, GoPC: 72, StartPC: 720, Addr: 0x21}
	fresh := scan(tr, app, dial, leaked)
	if want := []Fresh{{ID: 20, GoPC: 71, Parent: 7, ParentAddr: 0x70}}; !slices.Equal(fresh, want) {
		t.Errorf("fresh: %v, want %v", fresh, want)
	}
	stack := []goroutine.Frame{{Func: "net/http.(*Transport).getConn"}, {Func: "main.loop"}}
	tr.Caught(20, stack)
	scan(tr, app, leaked) // the struct of the dead one is used again
	news := tr.Drain(names{})
	births := news.Births
	if news.LeftOut != 0 || !slices.Equal(ids(births), []uint64{7, 20, 21}) {
		t.Fatalf("births of %v, %d left out", ids(births), news.LeftOut)
	}
	if want := (Birth{ID: 20, Parent: 7, Created: names{}.Created(71), Entry: names{}.Entry(710), Stack: stack}); !cmp.Equal(births[1], want) {
		t.Error(cmp.Diff(want, births[1]))
	}
	if news := tr.Drain(names{}); !news.Empty() {
		t.Errorf("given twice: %v", news)
	}
}

// TestBounded: a process that goes through a million goroutines costs no more
// memory than one that goes through thousands, and who lives keeps its ancestors.
func TestBounded(t *testing.T) {
	const most, each = 1000, 100
	tr := New(most)
	leaked := []Sighting{{ID: 1, StartPC: 1, Addr: 1}}
	next := uint64(2)
	for range 500 {
		seen := slices.Clone(leaked)
		for range each {
			seen = append(seen, Sighting{ID: next, Parent: 1, GoPC: 5, StartPC: 6, Dead: true})
			next++
		}
		child := Sighting{ID: next, Parent: next - 1, GoPC: 7, StartPC: 8, Addr: next}
		if len(leaked) < 50 {
			leaked = append(leaked, child)
		}
		next++
		scan(tr, append(seen, child)...)
		if n := tr.Remembered(); n > most+2*len(leaked)+sweepEvery*(each+1)+3 {
			t.Fatalf("%d are remembered", n)
		}
	}
	scan(tr, leaked...)
	births := tr.Drain(names{}).Births
	known := map[uint64]Birth{}
	for _, b := range births {
		known[b.ID] = b
	}
	for _, l := range leaked[1:] {
		if parent, ok := known[known[l.ID].Parent]; !ok || parent.Parent != 1 {
			t.Errorf("the parent of %d is forgotten", l.ID)
		}
	}
}

func TestDrainIsBounded(t *testing.T) {
	tr := New(0)
	tr.Begin()
	for i := range maxRows + 10 {
		tr.Saw(Sighting{ID: uint64(i + 1), Addr: 1})
	}
	tr.End()
	news := tr.Drain(names{})
	if len(news.Births) != maxRows || news.LeftOut != 10 || news.Births[0].ID != 11 {
		t.Errorf("%d births from %d on, %d left", len(news.Births), news.Births[0].ID, news.LeftOut)
	}
	if news = tr.Drain(names{}); len(news.Births) != 10 || news.LeftOut != 0 {
		t.Errorf("then %d births, %d left", len(news.Births), news.LeftOut)
	}
}

func TestStacksAreBounded(t *testing.T) {
	tr := New(0)
	scan(tr, Sighting{ID: 1, Addr: 1})
	for i := range maxStacks + 5 {
		tr.Caught(1, []goroutine.Frame{{Func: "f", Line: i}})
	}
	if len(tr.stacks) != maxStacks {
		t.Errorf("%d stacks are kept", len(tr.stacks))
	}
}

func births() []Birth {
	loop := goroutine.Frame{Func: "main.loop", File: "/src/main.go", Line: 8, Start: 3}
	return []Birth{
		{ID: 1, Entry: goroutine.Frame{Func: "runtime.main", File: "proc.go", Line: 1, Start: 1}},
		{ID: 1 << 60, Parent: 1, Created: loop, Entry: loop, Stack: []goroutine.Frame{loop, loop}},
		{ID: 9, Parent: 1, Created: loop, Stack: []goroutine.Frame{loop, loop}},
	}
}

func TestWriteRead(t *testing.T) {
	var b bytes.Buffer
	want := News{Births: births(), Looks: []Look{{ID: 9, Stack: births()[1].Stack}}, LeftOut: 4}
	if err := Write(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadDamaged(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                            "unexpected EOF",
		`{"schema":"x"}`:               `their form is "x"`,
		doc(`"births":[[1,2,1,0,0]]`):  "frame 1 of 0",
		doc(`"births":[[1,2,0,0,1]]`):  "stack 1 of 0",
		doc(`"stacks":[[4]]`):          "frame 4 of 0",
		doc(`"frames":[["a",1,2,3]]`):  "cannot unmarshal number",
		doc(`"frames":[["a"]]`):        "unexpected end of JSON",
		doc(`"births":[[-1,2,0,0,1]]`): "cannot unmarshal number",
	} {
		if _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func doc(fields string) string { return `{"schema":"` + Schema + `",` + fields + `}` }

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, News{Births: births(), Looks: []Look{{ID: 9, Stack: births()[1].Stack}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		news, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := Write(&b, news); err != nil {
			t.Fatal(err)
		}
		if again, err := Read(&b); err != nil || len(again.Births) != len(news.Births) || len(again.Looks) != len(news.Looks) {
			t.Fatalf("read again: %v", err)
		}
	})
}

// TestLooks: a goroutine that starts others again and again is looked at in turn
// with others, and each place it was at is told once.
func TestLooks(t *testing.T) {
	tr := New(0)
	a, b := Sighting{ID: 1, Addr: 0x10}, Sighting{ID: 2, Addr: 0x20}
	scan(tr, a, b)
	if _, _, ok := tr.Next(); ok {
		t.Error("there is nobody to look at yet")
	}
	stack := []goroutine.Frame{{Func: "main.loop", Line: 1}}
	for i := range uint64(6) {
		tr.Begin()
		for _, s := range []Sighting{a, b, {ID: 10 + i, Parent: 1 + i%2, Dead: true}} {
			tr.Saw(s)
		}
		for _, f := range tr.End() {
			tr.Caught(f.ID, stack)
		}
	}
	seen := map[uint64]uint64{}
	for range 10 {
		id, addr, ok := tr.Next()
		if !ok {
			t.Fatal("nobody to look at")
		}
		seen[id] = addr
		tr.Looked(id, stack)
		tr.Looked(id, []goroutine.Frame{{Func: "main.loop", Line: 2}})
	}
	if len(seen) != 2 || seen[1] != 0x10 || seen[2] != 0x20 {
		t.Errorf("looked at %v", seen)
	}
	if news := tr.Drain(names{}); len(news.Looks) != 4 {
		t.Errorf("looks: %v", news.Looks)
	}
	if news := tr.Drain(names{}); !news.Empty() {
		t.Errorf("told twice: %v", news)
	}
	scan(tr, b)
	for range 4 {
		if id, _, ok := tr.Next(); !ok || id != 2 {
			t.Errorf("look at %d, which has ended", id)
		}
	}
}
