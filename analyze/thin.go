package analyze

// A Builder's size follows the number of sites and not the length of the
// watch: past these bounds every second dump or tick of the middle goes. The
// first and last quarters stay whole, since they decide which goroutines
// survived and whether growth goes on. The totals are kept all.
const (
	maxCensuses = 256
	maxTicks    = 7200
	maxTraces   = 120
	maxGauges   = 1000 // of names and labels; one a session never comes back
)

// keeps says whether the i-th of n survives a thinning.
func keeps(i, n int) bool { return i < n/4 || i >= n-n/4 || i%2 == 0 }

// thinned keeps the survivors of a list, in place.
func thinned[T any](list []T) []T {
	n := len(list)
	kept := list[:0]
	for i, x := range list {
		if keeps(i, n) {
			kept = append(kept, x)
		}
	}
	clear(list[len(kept):])
	return kept
}

// thinDumps thins every site's censuses alike.
func (b *Builder) thinDumps() {
	if len(b.dumps) <= maxCensuses {
		return
	}
	b.dumps = thinned(b.dumps)
	for _, series := range b.h.Series {
		series.Censuses = thinned(series.Censuses)
	}
}

// thinTicks thins every site's points alike.
func (b *Builder) thinTicks() {
	if len(b.ticks) <= maxTicks {
		return
	}
	b.ticks = thinned(b.ticks)
	for _, series := range b.h.Series {
		series.Points = thinned(series.Points)
	}
}
