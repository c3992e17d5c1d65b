package analyze

import "slices"

// narrow finds the loop of the ancestor that a way ends in: the innermost
// function in which it was each time anybody looked. What it called from there
// changes, and what called it is only how the loop was started. An ancestor
// that was never found outside the call keeps all its frames, and so does one
// that had one of the goroutines only: nothing says that it loops. Dumps before
// from are left out: it may not have been in its loop yet.
func (f *family) narrow(w *way, from float64) {
	best := w.best
	if best.level == witnessed {
		return
	}
	shared, most := f.shared(w, from)
	loop := len(best.own) - shared
	if best.level == entered {
		best.own = best.own[loop:]
	}
	if (shared < most || best.level == entered) && w.repeats() {
		best.own = best.own[:len(best.own)-shared+1]
	}
	// A function that one in ten was found in may be another round of the loop.
	i := slices.IndexFunc(best.own, func(p Position) bool { return 2*w.through(p.Func) >= len(w.descents) })
	best.user = best.own[max(i, slices.Index(best.own, best.user))]
}

// shared is how many of the outermost functions of the target's own were on the
// ancestors' stacks each time, and how many were there at most.
func (f *family) shared(w *way, from float64) (shared, most int) {
	stacks := [][]Position{w.best.own}
	ancestors := map[uint64]bool{}
	for i := range w.descents {
		d := &w.descents[i]
		if d.level >= entered {
			stacks = append(stacks, d.own)
			ancestors[d.last()] = true
		}
	}
	for id := range ancestors {
		stacks = append(stacks, f.places(id, from)...)
	}
	shared = len(w.best.own)
	for _, own := range stacks {
		shared, most = min(shared, alike(own, w.best.own)), max(most, len(own))
	}
	return max(shared, 1), most
}

// alike is how many of the outermost functions are the same.
func alike(x, y []Position) int {
	n := 0
	for n < min(len(x), len(y)) && x[len(x)-1-n].Func == y[len(y)-1-n].Func {
		n++
	}
	return n
}

// places are the target's own frames of a goroutine when scans looked at it and,
// if it lives, in the dumps since from, innermost first.
func (f *family) places(id uint64, from float64) [][]Position {
	var all [][]Position
	for _, stack := range f.looks[id] {
		if own := userFrames(stack, ""); own != nil {
			all = append(all, positions(own))
		}
	}
	series := f.series[f.alive[id]]
	if series == nil {
		return all
	}
	seen := map[int32]bool{}
	for _, c := range since(series.Censuses, from) {
		m, ok := find(c.Members, id)
		if !ok || seen[m.Place] {
			continue
		}
		seen[m.Place] = true
		place := &series.Places[m.Place]
		if own := userFrames(place.Frames, ""); own != nil && place.shown() {
			all = append(all, positions(own))
		}
	}
	return all
}

// firstSeen is when a dump first held one of the site's goroutines.
func (f *family) firstSeen(s *Series) float64 {
	for _, c := range since(s.Censuses, f.began) {
		if len(c.Members) > 0 {
			return c.T
		}
	}
	return f.began
}

// repeats: one ancestor had several of the goroutines.
func (w *way) repeats() bool {
	seen := map[uint64]bool{}
	for i := range w.descents {
		if seen[w.descents[i].last()] {
			return true
		}
		seen[w.descents[i].last()] = true
	}
	return false
}

// last is the goroutine that ran the target's own code.
func (d *descent) last() uint64 { return d.ids[len(d.ids)-1] }
