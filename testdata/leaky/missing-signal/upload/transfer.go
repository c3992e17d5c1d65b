// Package upload is the files that clients send.
package upload

import "sync"

// state is how far a transfer is.
type state int

const (
	running state = iota
	finished
	failed
)

// Transfer is one file on its way.
type Transfer struct {
	Name string

	mu      sync.Mutex
	changed *sync.Cond
	state   state
	size    int
	err     error
}

// Begin returns a transfer that is running.
func Begin(name string) *Transfer {
	t := &Transfer{Name: name}
	t.changed = sync.NewCond(&t.mu)
	return t
}

// Finish is called when all of the file is there.
func (t *Transfer) Finish(size int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.size = size
	t.state = finished
	t.changed.Broadcast()
}

// Fail is called when the rest of the file will not come.
func (t *Transfer) Fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.err = err
	t.state = failed // cause:growing
}

// Wait returns the size of the file, or why there is none.
func (t *Transfer) Wait() (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for t.state == running {
		t.changed.Wait()
	}
	return t.size, t.err
}

// Then calls next with the size of the file once that is known.
func (t *Transfer) Then(next func(size int)) {
	t.changed.L.Lock()
	for t.state == running {
		t.changed.Wait()
	}
	size := t.size
	t.changed.L.Unlock()
	next(size)
}
