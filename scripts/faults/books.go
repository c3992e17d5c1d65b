package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// tally is what all cases add up to.
type tally struct {
	kills, ended, hung int
	reloads, refused   int

	mu      sync.Mutex
	looks   int     // at an account
	unequal []error // accounts that did not add up; the first few
}

// books asks a child for its account for as long as it runs, and notes when that does not add up.
type books struct {
	metrics *faults.Metrics // nil: the child serves nothing
	tally   *tally
	quit    chan struct{}
	once    sync.Once
	asking  sync.WaitGroup
}

// lookEvery is how often an account is looked at.
const lookEvery = 500 * time.Millisecond

// open begins to ask at a unix socket, which need not be there yet.
func open(socket string, t *tally) *books {
	b := &books{tally: t, quit: make(chan struct{})}
	if socket == "" {
		return b
	}
	b.metrics = faults.NewMetrics("unix:" + socket)
	b.asking.Go(func() {
		tick := time.NewTicker(lookEvery)
		defer tick.Stop()
		for {
			select {
			case <-b.quit:
				return
			case <-tick.C:
			}
			if a, err := b.metrics.Account(); err == nil { // it may not serve yet, or not any more
				b.look(a)
			}
		}
	})
	return b
}

func (b *books) look(a *faults.Account) {
	err := a.Balance()
	b.tally.mu.Lock()
	defer b.tally.mu.Unlock()
	b.tally.looks++
	if err != nil && len(b.tally.unequal) < 5 {
		b.tally.unequal = append(b.tally.unequal, err)
	}
}

// last is a look that has to succeed.
func (b *books) last() error {
	if b.metrics == nil {
		return nil
	}
	a, err := b.metrics.Account()
	if err != nil {
		return fmt.Errorf("ask for the last account: %w", err)
	}
	b.look(a)
	return nil
}

// ready waits until the child serves.
func (b *books) ready() error {
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, err := b.metrics.Account()
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// answers says whether the child serves.
func (b *books) answers() bool {
	_, err := b.metrics.Account()
	return err == nil
}

// close ends the asking.
func (b *books) close() {
	b.once.Do(func() {
		close(b.quit)
		b.asking.Wait()
		if b.metrics != nil {
			b.metrics.Close()
		}
	})
}

// since gives how many accounts were looked at since the last call, and what did not add up in them.
func (t *tally) since() (looks int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	looks, err = t.looks, errors.Join(t.unequal...)
	t.looks, t.unequal = 0, nil
	return looks, err
}
