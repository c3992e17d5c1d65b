package procmem

import "github.com/logcap/logcap/analyze/goroutine"

// Created is the go statement in front of a goroutine's GoPC.
func (r *Reader) Created(goPC uint64) goroutine.Frame { return r.symbols.created(goPC) }

// Entry is the function that begins at a goroutine's StartPC, at its first line.
func (r *Reader) Entry(startPC uint64) goroutine.Frame { return r.symbols.entry(startPC) }

// Stack reads the stack of one goroutine, innermost first, without the frames
// that a traceback hides; addr is its struct's. It gives nothing when another
// goroutine has the struct by now, when it is running, or when it went on
// each time it was read.
func (r *Reader) Stack(addr, id uint64) ([]goroutine.Frame, error) {
	buf := make([]byte, r.image.layout.G.Size)
	one := []Segment{{Addr: addr, Buf: buf}}
	if err := r.mem.Read(one); err != nil {
		return nil, err
	}
	batch := make([]G, 1)
	if g := &batch[0]; !one[0].OK || !r.image.decode(g, buf) || g.ID != id || g.Dead() {
		return nil, nil
	}
	batch[0].Addr = addr
	paths := make([]int32, 1)
	r.stacks.unwinder.trim()
	if _, err := r.stacks.read(batch, func(*G) bool { return true }, paths); err != nil || paths[0] == 0 {
		return nil, err
	}
	raw := goroutine.Raw{Frames: r.symbols.stack(r.stacks.unwinder, paths[0])}
	st := raw.Stack()
	return st.Frames, nil
}
