package goroutine

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRecordsOfAnySize: goroutines come out as they went in and in their order,
// wherever the first stands that is too large for the small form.
func TestRecordsOfAnySize(t *testing.T) {
	const n = 2*chunkLen + 100
	for name, large := range map[string]record{
		"none":   {id: math.MaxUint32, parent: math.MaxUint32, wait: math.MaxUint16, stack: 1},
		"id":     {id: math.MaxUint32 + 1, stack: 1},
		"parent": {id: 1, parent: math.MaxUint64, stack: 1},
		"wait":   {id: 1, wait: math.MaxUint16 + 1, stack: 1},
		"stack":  {id: 1, stack: math.MaxUint16 + 1},
	} {
		for _, at := range []int{0, 1, 64, chunkLen + 7, n - 1} {
			var r records
			stacks := make([]Stack, math.MaxUint16+2)
			want := map[uint32][]Goroutine{}
			for i := range n {
				rec := record{id: uint64(i + 1), parent: uint64(i / 2), wait: uint32(i % 60), stack: uint32(i % 3)}
				if i == at {
					rec = large
				}
				r.append(rec)
				stacks[rec.stack].Count++
				want[rec.stack] = append(want[rec.stack], Goroutine{ID: rec.id, Parent: rec.parent, Wait: rec.wait})
			}
			r.distribute(stacks)
			for i, gs := range want {
				if diff := cmp.Diff(gs, stacks[i].Goroutines); diff != "" {
					t.Errorf("%s at %d, stack %d (-want +got):\n%s", name, at, i, diff)
				}
			}
		}
	}
}
