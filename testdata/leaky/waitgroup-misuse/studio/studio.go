// Package studio takes orders.
package studio

import (
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/leaky/waitgroup-misuse/picture"
	"logcap.test/programs/leaky/waitgroup-misuse/resize"
)

// Studio resizes albums.
type Studio struct {
	orders   errgroup.Group
	pictures atomic.Int64
	refused  atomic.Int64
}

// Resize resizes an album for the screen.
func (st *Studio) Resize(a picture.Album) {
	set := resize.Start(a)
	go func() { // leak:func
		st.pictures.Add(int64(set.Wait()))
	}()
}

// waiter is an album that is being resized.
type waiter interface{ Wait() int }

func (st *Studio) deliver(w waiter) { st.pictures.Add(int64(w.Wait())) }

// ResizeOld resizes an album that was scanned from paper.
func (st *Studio) ResizeOld(a picture.Album) {
	go st.deliver(resize.Start(a)) // leak:method
}

// prints resizes an album for paper.
func (st *Studio) prints(a picture.Album) error {
	p := &resize.Prints{}
	for _, f := range a {
		p.Add(f)
	}
	ready, errors := p.Finish()
	st.pictures.Add(int64(ready))
	st.refused.Add(int64(len(errors)))
	return nil
}

// ResizePrints resizes an album for paper.
func (st *Studio) ResizePrints(a picture.Album) {
	st.orders.Go(func() error { return st.prints(a) }) // leak:wg
}
