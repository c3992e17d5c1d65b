// Package resize resizes many pictures at once.
package resize

import (
	"sync"
	"sync/atomic"

	"logcap.test/programs/leaky/waitgroup-misuse/picture"
)

// Set is the pictures of an album while they are being resized.
type Set struct {
	open sync.WaitGroup
	done atomic.Int64
}

// Start begins to resize an album.
func Start(a picture.Album) *Set {
	s := &Set{}
	s.open.Add(len(a))
	for _, f := range a {
		go s.one(f, s.open.Done)
	}
	return s
}

func (s *Set) one(f picture.File, ready func()) {
	im, err := picture.Read(f)
	if err != nil {
		return // cause:func cause:method cause:stuck-func cause:stuck-method
	}
	im.Scale()
	s.done.Add(1)
	ready()
}

// Wait returns the number of pictures once that is known.
func (s *Set) Wait() int {
	s.open.Wait()
	return int(s.done.Load())
}
