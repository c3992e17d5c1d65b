// Package guard has a lock that its callers hold.
package guard

import "sync"

// Value is an int behind a lock.
type Value struct {
	mu sync.Mutex
	n  int
}

func (v *Value) Acquire() *int { // want Acquire:`keeps .mu`
	v.mu.Lock()
	return &v.n
}

func (v *Value) Release() { v.mu.Unlock() } // want Release:`gives back .mu`
