// Package locks has locks that are kept, or taken twice.
package locks

import (
	"errors"
	"sync"

	"guard"
)

var errFunds = errors.New("no funds")

type account struct {
	mu      sync.Mutex
	balance int
}

func (a *account) withdraw(n int) error {
	a.mu.Lock()
	if a.balance < n {
		return errFunds // want `withdraw returns here and still holds a.mu`
	}
	a.balance -= n
	a.mu.Unlock()
	return nil
}

func (a *account) total() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.balance
}

func (a *account) report() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.total() + 1 // want `report holds a.mu here and takes it again: it waits for itself`
}

func (a *account) again() {
	a.mu.Lock()
	a.balance++
	a.mu.Lock() // want `again holds a.mu here and takes it again: it waits for itself`
	a.mu.Unlock()
	a.mu.Unlock()
}

type table struct {
	sync.RWMutex
	rows map[string]int
}

func (t *table) put(k string) {
	t.Lock()
	defer t.Unlock()
	t.rows[k]++
}

func (t *table) get(k string) int {
	t.RLock()
	defer t.RUnlock()
	if t.rows[k] == 0 {
		t.put(k) // want `get holds t here and takes it again`
	}
	return t.rows[k]
}

type box struct{ value *guard.Value }

func (b box) take(n int) error {
	v := b.value.Acquire()
	if *v < n {
		return errFunds // want `still holds the lock that b.value.Acquire has taken`
	}
	*v -= n
	b.value.Release()
	return nil
}

func (b box) add(n int) {
	v := b.value.Acquire()
	defer b.value.Release()
	*v += n
}
