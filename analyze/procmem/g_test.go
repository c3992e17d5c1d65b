package procmem

import (
	"errors"
	"strings"
	"testing"
)

// TestSound: every field that a check looks at, damaged alone.
func TestSound(t *testing.T) {
	im, err := smallImage(smallTable())
	if err != nil {
		t.Fatal(err)
	}
	live := G{ID: 7, Parent: 1, GoPC: textStart + 32, StartPC: textStart, Status: statusWaiting, StackLo: 0x6000, StackHi: 0x8000}
	dead := G{ID: 7, Parent: 1, GoPC: textStart + 32, StartPC: textStart, Status: statusDead}
	for name, tt := range map[string]struct {
		g      G
		change func(g *G)
		want   bool
	}{
		"waits":              {live, func(g *G) {}, true},
		"runs":               {live, func(g *G) { g.Status = statusRunning }, true},
		"is scanned":         {live, func(g *G) { g.Status = statusWaiting | statusScanBit }, true},
		"of the runtime's":   {live, func(g *G) { g.GoPC, g.Parent = 0, 0 }, true},
		"older than parent":  {live, func(g *G) { g.Parent = 20 }, true},
		"never used":         {G{}, func(g *G) {}, true},
		"ended":              {dead, func(g *G) {}, true},
		"ended, never named": {G{Status: statusDead}, func(g *G) {}, true},
		"no such status":     {live, func(g *G) { g.Status = 5 }, false},
		"status of garbage":  {live, func(g *G) { g.Status = 0xdeadbeef }, false},
		"no id":              {live, func(g *G) { g.ID, g.Parent = 0, 0 }, false},
		"id of an address":   {live, func(g *G) { g.ID = 1 << 50 }, false},
		"its own parent":     {live, func(g *G) { g.Parent = 7 }, false},
		"created nowhere":    {live, func(g *G) { g.GoPC = textEnd }, false},
		"begins nowhere":     {live, func(g *G) { g.StartPC = textStart - 1 }, false},
		"no stack":           {live, func(g *G) { g.StackLo = g.StackHi }, false},
		"ended nowhere":      {dead, func(g *G) { g.GoPC = 1 }, false},
	} {
		t.Run(name, func(t *testing.T) {
			tt.change(&tt.g)
			var got G
			if ok := im.decode(&got, structOf(&im.layout.G, tt.g)); ok != tt.want {
				t.Errorf("sound: %v, want %v: %+v", ok, tt.want, got)
			}
			if tt.g.Status &^= statusScanBit; tt.want && got != tt.g {
				t.Errorf("decoded %+v, want %+v", got, tt.g)
			}
		})
	}
}

// TestUnchanged: a goroutine that has gone on, or another in its place, is seen.
func TestUnchanged(t *testing.T) {
	im, err := smallImage(smallTable())
	if err != nil {
		t.Fatal(err)
	}
	l := &im.layout.G
	g := G{ID: 7, Parent: 1, Status: statusWaiting, Reason: 9, PC: textStart, SP: 0x7000}
	for name, tt := range map[string]struct {
		change func(g *G)
		want   bool
	}{
		"same":         {func(g *G) {}, true},
		"scanned":      {func(g *G) { g.Status |= statusScanBit }, true},
		"runs":         {func(g *G) { g.Status = statusRunning }, false},
		"another":      {func(g *G) { g.ID++ }, false},
		"waits again":  {func(g *G) { g.Reason++ }, false},
		"other call":   {func(g *G) { g.SP -= 16 }, false},
		"other place":  {func(g *G) { g.PC++ }, false},
		"came back":    {func(g *G) { g.seq++ }, false},
		"other parent": {func(g *G) { g.Parent++ }, true}, // not among what is looked at
	} {
		t.Run(name, func(t *testing.T) {
			now := g
			tt.change(&now)
			b := structOf(l, now)[l.SchedSP:]
			if got := im.unchanged(&g, b[:l.checkSize()]); got != tt.want {
				t.Errorf("unchanged: %v, want %v", got, tt.want)
			}
		})
	}
}

// listOf is memory with a list of these goroutines at 0x100.
func listOf(l *GLayout, gs ...G) fakeMemory {
	var pointers []uint64
	m := fakeMemory{0x100: words(0x1000, uint64(len(gs)), uint64(len(gs)))}
	for i, g := range gs {
		at := uint64(0x10000 + 0x1000*i)
		m[at] = structOf(l, g)
		pointers = append(pointers, at)
	}
	m[0x1000] = words(pointers...)
	return m
}

// TestCheckAllgs: a list is believed for its main goroutine and its sound structs.
func TestCheckAllgs(t *testing.T) {
	table := smallTable()
	copy(table[0x80+1:], "runtime.main\x00") // over main.outer, and the g of main.inner's name
	im, err := smallImage(table)
	if err != nil {
		t.Fatal(err)
	}
	l := im.layout
	main := G{ID: 1, StartPC: textStart, Status: statusWaiting, StackLo: 0x6000, StackHi: 0x8000}
	other := G{ID: 9, Parent: 1, GoPC: textStart + 32, StartPC: textStart + 64, Status: statusWaiting, StackLo: 0x6000, StackHi: 0x8000}
	bad, astray := other, other
	bad.Status = 77
	astray.StartPC = textStart + 8 // in the middle of a function
	unused := G{}
	for name, tt := range map[string]struct {
		gs   []G
		want string // of the error; "" none
	}{
		"main alone":     {[]G{main}, ""},
		"several":        {[]G{unused, main, other, other}, ""},
		"one changes":    {[]G{main, other, bad}, ""},
		"no main":        {[]G{other, other}, "0 of its 2 structs are the main goroutine's"},
		"main twice":     {[]G{main, main}, "2 of its 2 structs are the main goroutine's"},
		"many unsound":   {[]G{main, bad, bad, bad}, "3 of its 4 structs have other fields"},
		"begin anywhere": {[]G{main, astray, astray, astray}, "3 of its 4 structs have other fields"},
		"none":           {nil, "its length is 0 of 0"},
	} {
		t.Run(name, func(t *testing.T) {
			err := im.checkAllgs(listOf(&l.G, tt.gs...), 0x100, l)
			if tt.want == "" && err != nil || tt.want != "" && (!errors.Is(err, errNotAllgs) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

// TestListHeader: a slice that cannot be one is refused before it is followed.
func TestListHeader(t *testing.T) {
	for name, header := range map[string][]byte{
		"nil": words(0, 1, 1), "crooked": words(0x1001, 1, 1), "longer than its room": words(0x1000, 2, 1),
		"huge": words(0x1000, maxGoroutines+1, maxGoroutines+1), "cut": words(0x1000, 1), "nowhere": words(0x9000, 1, 1),
	} {
		if got, err := allgsPointers(fakeMemory{0x100: header, 0x1000: words(1, 2, 3)}, 0x100, 10); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	got, err := allgsPointers(fakeMemory{0x100: words(0x1000, 3, 4), 0x1000: words(1, 2, 3)}, 0x100, 2)
	if err != nil || len(got) != 2 || got[1] != 2 {
		t.Errorf("%v, %v: want the first two", got, err)
	}
}
