// Package circuit keeps a service from calling what does not work anyway.
package circuit

import (
	"errors"
	"sync"
)

// ErrOpen says that a circuit lets no call through for the moment.
var ErrOpen = errors.New("circuit is open")

// counter is what a circuit has seen lately.
type counter struct{ good, bad int }

// Breaker has a circuit for every command.
type Breaker struct {
	calls sync.WaitGroup

	mu       sync.Mutex
	circuits map[string]*counter
}

// New returns a breaker whose circuits are all closed.
func New() *Breaker { return &Breaker{circuits: map[string]*counter{}} }

// Wait returns when all calls are over.
func (b *Breaker) Wait() { b.calls.Wait() }

// Go calls f beside its caller, who gets the reason if it does not work. The fallback, if there is one, may have a better one.
func (b *Breaker) Go(command string, f func() error, fallback func(error) error) <-chan error {
	failed := make(chan error, 1)
	if !b.allow(command) {
		failed <- ErrOpen
		return failed
	}
	b.calls.Go(func() {
		err := f()
		b.count(command, err == nil)
		if err == nil {
			return // cause
		}
		if fallback != nil {
			err = fallback(err)
		}
		failed <- err
	})
	return failed
}

// allow says whether a command may be called: not when 200 of the last calls failed for each that went well.
func (b *Breaker) allow(command string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.circuits[command]
	return c == nil || c.bad < 200*(c.good+1)
}

func (b *Breaker) count(command string, good bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := b.circuits[command]
	if c == nil {
		c = &counter{}
		b.circuits[command] = c
	}
	if good {
		c.good++
		return
	}
	c.bad++
}
