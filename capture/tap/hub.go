// Package tap shows records as they pass through a collector to whoever looks. It
// never holds up what passes: a tap has a bounded buffer, and what finds no room in it is
// counted, and told in its place. It knows neither who looks nor how.
package tap

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// Most is how many taps may be open at once: each costs the sources time.
const Most = 8

// ErrFull is that of a tap too many.
var ErrFull = errors.New("as many taps are open as may be at once")

// Hub is where records pass and taps are opened. Its zero value is ready, and a nil Hub lets everything pass.
type Hub struct {
	taps    atomic.Pointer[[]*Tap] // never changed, only replaced; nil: nobody looks
	opening sync.Mutex             // for whoever replaces it
	idle    sync.Pool              // of *scratch
}

// scratch is what one goroutine encodes with.
type scratch struct {
	encoder sink.Encoder
	lines   []byte
}

// mostScratch is the largest buffer, in bytes, that is kept for the next batch.
const mostScratch = 1 << 20

// Pass shows b, which a source of that name has sent, to whoever looks. It does not
// wait for them, and keeps nothing of b. From any goroutine.
func (h *Hub) Pass(source string, b *record.Batch) {
	if h == nil {
		return
	}
	if taps := h.taps.Load(); taps != nil {
		h.show(*taps, source, b)
	}
}

func (h *Hub) show(taps []*Tap, source string, b *record.Batch) {
	s, ok := h.idle.Get().(*scratch)
	if !ok {
		s = &scratch{}
	}
	for _, t := range taps {
		if t.filter.takes(source, b.Origin.Name) {
			t.show(s, b)
		}
	}
	if cap(s.lines) <= mostScratch {
		h.idle.Put(s)
	}
}

// Open begins a tap; whoever opens it closes it. The error is ErrFull, or a *FilterError.
func (h *Hub) Open(f Filter) (*Tap, error) {
	filter, err := f.compile()
	if err != nil {
		return nil, err
	}
	h.opening.Lock()
	defer h.opening.Unlock()
	open := h.opened()
	if len(open) >= Most {
		return nil, ErrFull
	}
	t := &Tap{hub: h, filter: filter, news: make(chan struct{}, 1)}
	open = append(slices.Clone(open), t)
	h.taps.Store(&open)
	return t, nil
}

// Taps is how many are open.
func (h *Hub) Taps() int { return len(h.opened()) }

func (h *Hub) opened() []*Tap {
	if taps := h.taps.Load(); taps != nil {
		return *taps
	}
	return nil
}

func (h *Hub) close(t *Tap) {
	h.opening.Lock()
	defer h.opening.Unlock()
	left := slices.DeleteFunc(slices.Clone(h.opened()), func(o *Tap) bool { return o == t })
	if len(left) == 0 {
		h.taps.Store(nil)
		return
	}
	h.taps.Store(&left)
}
