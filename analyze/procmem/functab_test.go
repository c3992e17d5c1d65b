package procmem

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze/goroutine"
)

// TestSmallTable reads a table of which every byte is known.
func TestSmallTable(t *testing.T) {
	im, err := smallImage(smallTable())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		pc    uint64
		exact bool
		want  string
	}{
		{textStart, true, "main.outer:10/9"},
		{textStart + 15, true, "main.outer:10/9"},
		{textStart + 16, true, "main.inner:20/18 main.outer:10/9"},
		{textStart + 31, true, "main.inner:20/18 main.outer:10/9"},
		{textStart + 32, true, "main.outer:11/9"},
		{textStart + 32, false, "main.inner:20/18 main.outer:10/9"}, // the call before
		{textStart, false, "main.outer:10/9"},                       // nothing is before
		{textStart - 1, true, ""},
		{textStart + 64, true, "runtime.goexit:0/5"},
		{textEnd - 1, true, "runtime.goexit:0/5"},
		{textEnd, true, ""},
		{0, true, ""},
		{^uint64(0), true, ""},
	} {
		if got := brief(im.funcs.frames(tt.pc, tt.exact)); got != tt.want {
			t.Errorf("%#x exact=%v: %q, want %q", tt.pc, tt.exact, got, tt.want)
		}
	}
	// A go statement in inlined code has that code's line and the outer function's name.
	if f := im.funcs.created(textStart + 32); f.Func != "main.outer" || f.Line != 20 || f.File != "main.go" {
		t.Errorf("created by %+v", f)
	}
	found, err := im.funcs.find("runtime.goexit", "main.absent", "main.outer")
	if err != nil || found[0].entry != textStart+64 || found[1].entry != 0 || found[2].entry != textStart {
		t.Errorf("found %+v, %v", found, err)
	}
}

func brief(frames []goroutine.Frame) string {
	var all []string
	for _, f := range frames {
		all = append(all, fmt.Sprintf("%s:%d/%d", f.Func, f.Line, f.Start))
	}
	return strings.Join(all, " ")
}

// TestDamagedTable: what is not a table is refused, with what was found.
func TestDamagedTable(t *testing.T) {
	for name, damage := range map[string]func(b []byte) []byte{
		"magic":           func(b []byte) []byte { b[0] = 0xf0; return b },
		"padding":         func(b []byte) []byte { b[4] = 1; return b },
		"size of a word":  func(b []byte) []byte { b[7] = 4; return b },
		"no functions":    func(b []byte) []byte { b[8] = 0; return b },
		"many functions":  func(b []byte) []byte { b[12] = 1; return b },
		"too short":       func(b []byte) []byte { return b[:40] },
		"nothing":         func(b []byte) []byte { return nil },
		"negative number": func(b []byte) []byte { b[15] = 0x80; return b },
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := smallImage(damage(smallTable())); err == nil {
				t.Error("it is taken for a table of functions")
			}
		})
	}
}

// FuzzFunctab: whatever the table holds, looking things up ends.
func FuzzFunctab(f *testing.F) {
	f.Add(smallTable(), uint64(textStart+16))
	f.Add(smallTable()[:0x240], uint64(textStart+40))
	f.Fuzz(func(t *testing.T, table []byte, pc uint64) {
		im, err := smallImage(table[:min(len(table), 1<<13)])
		if err != nil {
			return
		}
		for _, pc := range []uint64{pc, textStart, textStart + 16, textEnd - 1} {
			if frames := im.funcs.frames(pc, pc%2 == 0); len(frames) > maxInlined {
				t.Fatalf("%d frames", len(frames))
			}
			im.funcs.created(pc)
		}
		im.funcs.find("main.inner", "main.absent")
	})
}

// FuzzUnwind: whatever structs and stacks hold, a path is short enough and
// ends where it may.
func FuzzUnwind(f *testing.F) {
	im, err := smallImage(smallTable())
	if err != nil {
		f.Fatal(err)
	}
	g := G{ID: 7, Parent: 1, GoPC: textStart + 32, StartPC: textStart, Status: statusWaiting, PC: textStart + 20, SP: 0x7000, StackLo: 0x6000, StackHi: 0x8000}
	seed := structOf(&im.layout.G, g)
	f.Add(slices.Concat(seed, words(0, 0, textStart+40, 0, 0, textStart+65)))
	f.Add(slices.Concat(seed, words(0, 0, 0)))
	f.Fuzz(func(t *testing.T, data []byte) {
		size := int(im.layout.G.Size)
		if len(data) < size {
			return
		}
		var g G
		u := newUnwinder(im)
		im.decode(&g, data)
		path, out := u.unwind(&g, data[size:])
		calls := u.calls(path)
		if len(calls) > maxDepth {
			t.Fatalf("%d calls", len(calls))
		}
		if out == whole && u.nodes[path].kind != callTop {
			t.Fatalf("whole, and ends at %#x", u.nodes[path].pc)
		}
		for _, c := range calls {
			if out == whole && !im.inText(c.pc) {
				t.Fatalf("a whole stack has a call at %#x", c.pc)
			}
		}
	})
}
