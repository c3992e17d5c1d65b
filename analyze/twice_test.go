package analyze_test

import (
	"encoding/json"
	"testing"

	"github.com/logcap/logcap/analyze"
)

// A dump with the same id at two sites, as a log of two processes is, gives
// the same report each time.
func TestIDsTwiceGiveOneReport(t *testing.T) {
	leak := kind{entry: "app.wait", creator: "sync.(*WaitGroup).Go", file: "/src/app/leak.go", line: 9, state: "chan receive", perMinute: 60}
	one := kind{entry: "app.one", creator: "app.main", file: "/src/app/one.go", line: 9, state: "select", initial: 2}
	two := kind{entry: "app.two", creator: "app.main", file: "/src/app/two.go", line: 9, state: "select", initial: 2}
	observe := func() string {
		p, q := newProcess(1, one, leak), newProcess(1, two)
		b := analyze.NewBuilder(analyze.Target{})
		for i := range 60 {
			t := float64(i)
			p.step(t, 1)
			s, other := p.snapshot(t, true), q.snapshot(t, true)
			s.Stacks = append(s.Stacks, other.Stacks...)
			s.Total += other.Total
			b.Counts(at(t), s)
			if i%5 == 0 {
				b.Dump(at(t), s)
			}
		}
		a := analyze.Detect(b.History(), analyze.DefaultThresholds())
		if len(a.Findings) != 1 {
			return describe(a)
		}
		text, err := json.Marshal(a)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	first := observe()
	for range 30 {
		if again := observe(); again != first {
			t.Fatalf("one report:\n%s\nand another:\n%s", first, again)
		}
	}
}
