package ring

import (
	"bytes"
	"slices"
	"time"
)

// Closest returns the owner of a key and the members next to it.
func (r *Ring[M]) Closest(key []byte, n int) ([]M, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if n > len(r.members) {
		return nil, ErrTooFew
	}
	ordered := r.ordered(key)
	owner, _ := r.Owner(r.Partition(key)) // cause
	at := slices.IndexFunc(ordered, func(m M) bool { return m.String() == owner.String() })
	return append(ordered[at:], ordered[:at]...)[:n], nil
}

// ordered returns the members by their distance from key. The caller has the lock.
func (r *Ring[M]) ordered(key []byte) []M {
	all := make([]M, 0, len(r.members))
	for _, m := range r.members {
		time.Sleep(r.weigh(m))
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b M) int {
		return bytes.Compare(append(key, a.String()...), append(key, b.String()...))
	})
	return all
}
