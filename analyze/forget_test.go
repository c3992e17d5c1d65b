package analyze

import (
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
)

// TestForgetBirths: a server that goes through many goroutines costs no more for
// it; those that live keep their ancestors.
func TestForgetBirths(t *testing.T) {
	b := NewBuilder(Target{})
	start := time.Unix(1790000000, 0)
	leaked := goroutine.Stack{Frames: []goroutine.Frame{{Func: "main.leak"}}, State: "select"}
	next := uint64(10)
	for tick := range 400 {
		at := start.Add(time.Duration(tick) * time.Second)
		news := &lineage.News{}
		for range 1000 {
			news.Births = append(news.Births, lineage.Birth{ID: next, Parent: 1})
			next++
		}
		// The last one ends too, and leaves one that stays.
		news.Births = append(news.Births, lineage.Birth{ID: next, Parent: next - 1})
		leaked.Goroutines = append(leaked.Goroutines, goroutine.Goroutine{ID: next, Parent: next - 1})
		next++
		leaked.Count = len(leaked.Goroutines)
		b.Dump(at, goroutine.FromStacks(at, []goroutine.Stack{leaked}))
		b.Births(at, news)
		if b.born > maxBirths+1001 {
			t.Fatalf("%d births are kept", b.born)
		}
	}
	kept := map[uint64]uint64{}
	for _, timed := range b.h.Births {
		for _, one := range timed.News.Births {
			kept[one.ID] = one.Parent
		}
	}
	for _, g := range leaked.Goroutines {
		if kept[g.ID] != g.Parent || kept[g.Parent] != 1 {
			t.Fatalf("the ancestors of %d are forgotten", g.ID)
		}
	}
}
