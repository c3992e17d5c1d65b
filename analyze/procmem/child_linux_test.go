package procmem

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

// child is a process of scripts/matrix/target, which has goroutines of all kinds and stands still.
type child struct {
	bin    string
	pid    int
	reader *Reader
}

// buildTarget builds it as the flags say.
func buildTarget(t *testing.T, flags ...string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "target")
	build := exec.Command("go", append(append([]string{"build", "-o", bin}, flags...), ".")...)
	build.Dir = filepath.Join("..", "..", "scripts", "matrix", "target")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// startChild builds the target as the flags say and runs it until the test ends.
func startChild(t *testing.T, flags ...string) *child {
	t.Helper()
	c := &child{bin: buildTarget(t, flags...)}
	cmd := exec.Command(c.bin)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		// Told to end, it would wait for its one processor, on which a goroutine computes.
		cmd.Process.Kill()
		cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the target said %q: %v", line, err)
	}
	c.pid = cmd.Process.Pid
	if c.reader, err = OpenPID(c.pid); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.reader.Close() })
	return c
}

// goroutines are all structs of the child in use, by the name of their entry.
func (c *child) goroutines(t *testing.T) map[string][]G {
	t.Helper()
	all := map[string][]G{}
	_, err := c.reader.Scan(func(batch []G) error {
		for _, g := range batch {
			if !g.Dead() {
				name := c.reader.symbols.function(g.StartPC)
				all[name] = append(all[name], g)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// one gives a goroutine that begins in a function, and its stack.
func (c *child) one(t *testing.T, entry string) (G, []byte) {
	t.Helper()
	gs := c.goroutines(t)[entry]
	if len(gs) == 0 {
		t.Fatalf("no goroutine begins in %s", entry)
	}
	stack := make([]byte, gs[0].StackHi-gs[0].SP)
	if err := read(c.reader.mem, gs[0].SP, stack); err != nil {
		t.Fatal(err)
	}
	return gs[0], stack
}

// TestChild: one process serves many tests, which take turns.
func TestChild(t *testing.T) {
	c := startChild(t)
	t.Run("DWARF is the table", c.testDWARFIsTable)
	t.Run("outcomes", c.testUnwindOutcomes)
	t.Run("wrapped", c.testWrapped)
	t.Run("deep", c.testDeepStackEnds)
	t.Run("torn and failed", c.testTornAndFailed)
	t.Run("memory", c.testLiveMemory)
}

// testDWARFIsTable: for the toolchain at hand the table says what the binary's
// debugging information says.
func (c *child) testDWARFIsTable(t *testing.T) {
	f, err := elf.Open(c.bin)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	got, err := LayoutFromDWARF(d)
	if err != nil {
		t.Fatal(err)
	}
	want, exact := layoutFor(runtime.Version())
	if !exact || got.G != want.G || got.Text != want.Text || got.Gofunc != want.Gofunc {
		t.Errorf("DWARF has\n%+v\nthe table\n%+v", *got, *want)
	}
}

// testUnwindOutcomes: one stack, whole and damaged.
func (c *child) testUnwindOutcomes(t *testing.T) {
	goexit, err := c.reader.image.funcs.find("runtime.goexit")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		entry  string
		change func(g *G, stack []byte) []byte
		want   outcome
		calls  int // at least
	}{
		"whole":                   {"main.recurse", func(g *G, s []byte) []byte { return s }, deep, maxDepth},
		"whole, from its wrapper": {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { return s }, whole, 4},
		"short":                   {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { return s[:len(s)/2] }, short, 1},
		"nothing of it":           {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { return nil }, short, 1},
		"below the stack":         {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { g.SP = g.StackLo - 8; return s }, torn, 0},
		"above the stack":         {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { g.SP = g.StackHi + 8; return s }, torn, 0},
		"at its very end":         {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { g.SP = g.StackHi; return nil }, torn, 0},
		"pc nowhere":              {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte { g.PC = 0; return s }, torn, 0},
		"overwritten": {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte {
			clear(s)
			return s
		}, torn, 0},
		"no end": {"main.(*things).startWaits.func1", func(g *G, s []byte) []byte {
			for i := 0; i+8 <= len(s); i += 8 { // goexit becomes the call before it
				if word(s, uint32(i))-c.reader.image.bias-goexit[0].entry < 16 {
					binary.LittleEndian.PutUint64(s[i:], g.StartPC+1)
				}
			}
			return s
		}, torn, 0},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUnwinder(c.reader.image)
			entry := tt.entry
			if entry == "main.recurse" {
				entry = c.wrapperOf(t, entry)
			}
			g, stack := c.one(t, entry)
			path, out := u.unwind(&g, tt.change(&g, stack))
			if calls := u.calls(path); out != tt.want || len(calls) < tt.calls {
				t.Errorf("outcome %d by %d calls, want %d by %d or more", out, len(calls), tt.want, tt.calls)
			}
		})
	}
}

// wrapperOf finds the function that the compiler put around a go statement's call.
func (c *child) wrapperOf(t *testing.T, wrapped string) string {
	t.Helper()
	for name, gs := range c.goroutines(t) {
		if c.reader.symbols.isWrapped(gs[0].StartPC) && c.reader.symbols.entry(gs[0].StartPC).Func == wrapped {
			return name
		}
	}
	t.Fatalf("no goroutine's wrapper calls %s", wrapped)
	return ""
}

// testWrapped: behind the wrappers of the target's go statements are the
// functions it wrote there, whether they were inlined or are called.
func (c *child) testWrapped(t *testing.T) {
	found := map[string]bool{}
	for _, gs := range c.goroutines(t) {
		if pc := gs[0].StartPC; c.reader.symbols.isWrapped(pc) {
			f := c.reader.symbols.entry(pc)
			if f.Line == 0 || f.Line != f.Start || f.File == "" {
				t.Errorf("%s begins at %s:%d, starts at %d", f.Func, f.File, f.Line, f.Start)
			}
			found[f.Func] = true
		}
	}
	for _, want := range []string{"main.receive", "main.sendTwo", "main.(*things).method", "main.value.wait", "main.recurse", "main.panics", "main.serve", "main.(*things).spin"} {
		if !found[want] {
			t.Errorf("no wrapper is known to call %s: %v", want, found)
		}
	}
}

// testDeepStackEnds: of a stack too long to follow, the entry is the end all the same.
func (c *child) testDeepStackEnds(t *testing.T) {
	s, _, err := c.reader.Snapshot(Options{AllStacks: true})
	if err != nil || s.Failed != 0 {
		t.Fatalf("%v, %d failed", err, s.Failed)
	}
	ends := map[string]int{}
	for _, st := range s.Stacks {
		if n := len(st.Frames); n > maxDepth/2 {
			ends[st.Frames[n-1].Func] += st.Count
		}
	}
	// A literal that calls recurse 2,000 deep, and recurse itself 1,500 deep.
	if ends["main.(*things).startStacks.func1"] != 3 || ends["main.recurse"] != 3 {
		t.Errorf("deep stacks end in %v", ends)
	}
}

// testTornAndFailed: what stays damaged is counted, once, and left out; what
// is right when it is read again is there.
func (c *child) testTornAndFailed(t *testing.T) {
	r := c.reader
	whole, tally, err := r.Snapshot(Options{AllStacks: true})
	if err != nil || tally.Failed != 0 || whole.Failed != 0 {
		t.Fatalf("%+v, %v", tally, err)
	}
	victim, _ := c.one(t, "main.(*things).startWaits.func2")
	l := r.image.layout.G
	memory := r.mem
	defer func() { r.mem, r.scanner.mem, r.stacks.mem = memory, memory, memory }()
	for name, tt := range map[string]struct {
		field           uint32
		value           uint64
		times           int // how often it is read damaged
		failed, retried int
		torn            int
	}{
		"status, for good":   {l.Status, 77, 1 << 30, 1, 0, 0},
		"status, twice":      {l.Status, 77, 2, 0, 1, 0},
		"stack pointer":      {l.SchedSP, victim.StackHi + 64, 1 << 30, 0, 0, 1},
		"stack pointer once": {l.SchedSP, victim.StackHi + 64, 1, 0, 0, 0},
		"place":              {l.SchedPC, 1, 1 << 30, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			left := tt.times
			r.mem = altered{memory, func(s *Segment) {
				at := victim.Addr + uint64(tt.field)
				if at >= s.Addr && at < s.Addr+uint64(len(s.Buf)) && left > 0 {
					left--
					overlay(s, at, tt.value)
				}
			}}
			r.scanner.mem, r.stacks.mem = r.mem, r.mem
			s, tally, err := r.Snapshot(Options{AllStacks: true})
			if err != nil || tally.Failed != tt.failed || tally.Retried != tt.retried || s.Failed != tt.failed+tt.torn || s.Total != whole.Total-tt.failed {
				t.Errorf("%d goroutines of %d, %d failed, %+v, %v; want %+v", s.Total, whole.Total, s.Failed, tally, err, tt)
			}
		})
	}
}

// TestStripped: without symbols and without the section's name the tables are found all the same.
func TestStripped(t *testing.T) {
	for _, flags := range [][]string{{"-ldflags=-s -w"}, {"-buildmode=pie", "-ldflags=-s -w"}} {
		c := startChild(t, flags...)
		b := c.reader.Build()
		if pie := len(flags) > 1; !b.Stripped || b.PIE != pie || b.Module != "matrixtarget" {
			t.Errorf("%v: %+v", flags, b)
		}
		f, err := elf.Open(c.bin)
		if err != nil {
			t.Fatal(err)
		}
		named, err := functabAddrs(f)
		if err != nil || len(named) != 1 {
			t.Fatalf("%v: %x, %v", flags, named, err)
		}
		for _, s := range f.Sections {
			s.Name = "."
		}
		if found, err := functabAddrs(f); err != nil || len(found) != 1 || found[0] != named[0] {
			t.Errorf("%v: %x, %v; want %x", flags, found, err, named)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// testLiveMemory: pieces that are not mapped are passed over, wherever they are,
// and more pieces than one call takes are read.
func (c *child) testLiveMemory(t *testing.T) {
	g, stack := c.one(t, "main.(*things).startWaits.func2")
	m, err := openLive(c.pid)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var segments []Segment
	for i := range 3000 {
		at := g.SP
		if i%7 == 3 {
			at = 8 // page zero is nobody's
		}
		segments = append(segments, Segment{Addr: at, Buf: make([]byte, 64), OK: i%2 == 0}) // what it was before does not count
	}
	if err := m.Read(segments); err != nil {
		t.Fatal(err)
	}
	for i, s := range segments {
		if s.OK == (i%7 == 3) || s.OK && string(s.Buf) != string(stack[:64]) {
			t.Fatalf("segment %d at %#x: read: %v", i, s.Addr, s.OK)
		}
	}
	if err := m.Read(nil); err != nil {
		t.Errorf("nothing to read: %v", err)
	}
}
