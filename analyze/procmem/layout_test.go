package procmem

import "testing"

// TestLayoutFor: which row serves a version, and whether it was seen.
func TestLayoutFor(t *testing.T) {
	for _, tt := range []struct {
		version string
		from    string // of the row, "" none
		exact   bool
	}{
		{"go1.22.0", "go1.22.0", true},
		{"go1.22.12", "go1.22.0", true},
		{"go1.22.99", "go1.22.0", true}, // a later patch of a series that was seen
		{"go1.23.4", "go1.23.0", true},
		{"go1.26.8", "go1.26.0", true},
		{"go1.27.1", "go1.27.0", true},
		{"go1.27.99", "go1.27.0", true},
		{"go1.27.1 X:nosimd", "go1.27.0", false}, // an experiment can change structs
		{"go1.22rc1", "", false},
		{"go1.21.13", "", false},
		{"go1.28.0", "go1.27.0", false}, // the nearest one, which has to be proved
		{"go1.28rc1", "go1.27.0", false},
		{"devel go1.28-abcdef Mon", "", false},
		{"", "", false},
		{"nonsense", "", false},
	} {
		l, exact := layoutFor(tt.version)
		from := ""
		if l != nil {
			from = l.From
		}
		if from != tt.from || exact != tt.exact {
			t.Errorf("layoutFor(%q) = %q, %v; want %q, %v", tt.version, from, exact, tt.from, tt.exact)
		}
	}
}

// TestTable: what every row must have, so that a slip of the generator is seen.
func TestTable(t *testing.T) {
	all := layouts()
	if len(all) < 6 {
		t.Fatalf("%d rows", len(all))
	}
	for _, l := range all {
		g := l.G
		if g.SchedSP < g.StackHi || g.Reason <= g.ID || g.GoPC <= g.Parent || g.StartPC <= g.GoPC || g.Seq <= g.Reason || g.Seq >= g.LockedM || g.Size < g.Labels+8 || g.Size > 512 {
			t.Errorf("%s: the fields of runtime.g are in another order: %+v", l.From, g)
		}
		if g.checkSize() < int(g.ID-g.SchedSP)+8 || int(l.Gofunc)+8 > moduleSize {
			t.Errorf("%s: what is read is too little", l.From)
		}
		for _, want := range []string{"chan receive", "select", "sleep", "IO wait", "sync.Mutex.Lock"} {
			found := 0
			for n := range l.Reasons {
				if l.reason(uint8(n)) == want {
					found++
				}
			}
			if found != 1 {
				t.Errorf("%s: %d reasons are %q", l.From, found, want)
			}
		}
		if got := l.reason(255); got != "unknown wait reason 255" {
			t.Errorf("%s: %q", l.From, got)
		}
	}
}
