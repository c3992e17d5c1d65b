package studio

import (
	"logcap.test/programs/leaky/waitgroup-misuse/picture"
	"logcap.test/programs/leaky/waitgroup-misuse/resize"
)

// WorkOff resizes album after album.
func (st *Studio) WorkOff(next func() picture.Album) {
	go func() { // leak:stuck-func
		for {
			set := resize.Start(next())
			st.pictures.Add(int64(set.Wait()))
		}
	}()
}

// workOff is WorkOff for albums that were scanned from paper.
func (st *Studio) workOff(next func() picture.Album) {
	for {
		st.deliver(resize.Start(next()))
	}
}

// WorkOffOld resizes album after album that was scanned from paper.
func (st *Studio) WorkOffOld(next func() picture.Album) {
	go st.workOff(next) // leak:stuck-method
}

// WorkOffPrints resizes album after album for paper.
func (st *Studio) WorkOffPrints(next func() picture.Album) {
	st.orders.Go(func() error { // leak:stuck-wg
		for {
			if err := st.prints(next()); err != nil {
				return err
			}
		}
	})
}
