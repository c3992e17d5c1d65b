package analyze

import (
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
)

// descent is one goroutine's way up to the target's own code.
type descent struct {
	steps []Position // go statements from the goroutine upwards
	ids   []uint64   // the goroutine in which each step ran
	// own are the frames of the target's own code in the last of them, innermost
	// first; user is the innermost outside the handle's package.
	own   []Position
	user  Position
	level certainty
}

// certainty is how a descent came to name a function of the target's own code.
type certainty int

const (
	lost      certainty = iota // it did not
	begun                      // the goroutine that leads there began in it
	entered                    // that goroutine was in it when it was looked at
	foundIn                    // it was found in the call, a moment after the birth
	witnessed                  // a trace saw the call, or it has the go statement
)

// descend climbs from a birth through its parents' births until a stack holds
// a frame of the target's own code, outside the package of a handle.
func (f *family) descend(b *birth, handle string) descent {
	var d descent
	for range lineage.MaxLevels {
		if frame, ok := b.launch(); ok {
			d.add(position(frame), b.parent)
		}
		if frames, level := f.userCode(b, handle); level != lost {
			d.end(frames, handle, b.parent, level)
			return d
		}
		parent, ok := f.births[b.parent]
		if !ok {
			return d
		}
		b = parent
	}
	return d
}

// userCode is what the creator of a birth ran of the target's own code,
// innermost first, and how that is known.
func (f *family) userCode(b *birth, handle string) ([]goroutine.Frame, certainty) {
	if own := userFrames(b.creator, handle); len(own) > 0 {
		if b.whole {
			return own, witnessed
		}
		return append(own, above(b.found, own[0].Func)...), witnessed
	}
	if b.whole {
		return nil, lost
	}
	if own := userFrames(b.found, handle); len(own) > 0 {
		if b.inPackage() {
			return own, foundIn
		}
		return own, entered
	}
	if own := userFrames(f.now(b.parent), handle); len(own) > 0 {
		return own, entered
	}
	if parent, ok := f.births[b.parent]; ok {
		return userFrames([]goroutine.Frame{parent.entry}, handle), levelOf(parent.entry, handle)
	}
	return nil, lost
}

func levelOf(entry goroutine.Frame, handle string) certainty {
	if len(userFrames([]goroutine.Frame{entry}, handle)) == 0 {
		return lost
	}
	return begun
}

// userFrames are those of the target's own code, when one of them is outside a package.
func userFrames(frames []goroutine.Frame, except string) []goroutine.Frame {
	if _, ok := userFrame(frames, except); !ok {
		return nil
	}
	var own []goroutine.Frame
	for _, f := range frames {
		if f.Func != "" && ownerOf(f) == ownUser {
			own = append(own, f)
		}
	}
	return own
}

// above are the target's own frames that called fn, when it is on the stack; all
// when it is not: it has returned to them.
func above(frames []goroutine.Frame, fn string) []goroutine.Frame {
	own := userFrames(frames, "")
	if i := slices.IndexFunc(own, func(f goroutine.Frame) bool { return f.Func == fn }); i >= 0 {
		own = own[i+1:]
	}
	return own
}

// now is where a living goroutine was in the newest dump that shows its stack,
// innermost first; nil when it has ended.
func (f *family) now(id uint64) []goroutine.Frame {
	series := f.series[f.alive[id]]
	if series == nil {
		return nil
	}
	censuses := since(series.Censuses, f.began)
	for i := len(censuses) - 1; i >= 0; i-- {
		if m, ok := find(censuses[i].Members, id); ok && series.Places[m.Place].shown() {
			return series.Places[m.Place].Frames
		}
	}
	return nil
}

// shown: of a goroutine that was running when its memory was read nothing but
// its entry is known.
func (p *Place) shown() bool { return p.State != stateRunning }

// end adds the target's own frames, which ran in the goroutine id.
func (d *descent) end(own []goroutine.Frame, handle string, id uint64, level certainty) {
	d.level = level
	user, _ := userFrame(own, handle)
	d.user = position(user)
	for _, f := range own {
		d.own = append(d.own, position(f))
	}
	d.ids = append(d.ids, id)
}

// add adds a step; equal ones in a row are one.
func (d *descent) add(p Position, id uint64) {
	if n := len(d.steps); n > 0 && d.steps[n-1] == p {
		return
	}
	d.steps = append(d.steps, p)
	d.ids = append(d.ids, id)
}

// all are the steps and the target's own frames, with the goroutine of each.
func (d *descent) all() ([]Position, []uint64) {
	steps, ids := slices.Clone(d.steps), slices.Clone(d.ids[:len(d.steps)])
	for _, p := range d.own {
		if n := len(steps); n > 0 && steps[n-1] == p {
			continue // the go statement itself
		}
		steps, ids = append(steps, p), append(ids, d.last())
	}
	return steps, ids
}

// root is the outermost of the target's own frames: what the goroutine runs.
func (d *descent) root() Position { return d.own[len(d.own)-1] }
