// Package ring spreads partitions over members, so that few of them move when the members change.
package ring

import (
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"
)

// ErrTooFew says that there are fewer members than asked for.
var ErrTooFew = errors.New("not enough members")

// Ring has members of one type.
type Ring[M fmt.Stringer] struct {
	weigh      func(M) time.Duration
	partitions int

	mu      sync.RWMutex
	members map[string]M
	owners  map[int]M
}

// New returns a Ring. To weigh a member takes the time that weigh returns.
func New[M fmt.Stringer](partitions int, weigh func(M) time.Duration, members ...M) *Ring[M] {
	r := &Ring[M]{weigh: weigh, partitions: partitions, members: map[string]M{}, owners: map[int]M{}}
	for _, m := range members {
		r.members[m.String()] = m
	}
	r.distribute()
	return r
}

// Add adds a member.
func (r *Ring[M]) Add(m M) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.members[m.String()]; ok {
		return
	}
	r.members[m.String()] = m
	r.distribute()
}

// Partition returns where key belongs.
func (r *Ring[M]) Partition(key []byte) int { return int(hash(key) % uint64(r.partitions)) }

// Owner returns the member that has a partition.
func (r *Ring[M]) Owner(partition int) (M, bool) {
	r.mu.RLock() // cause
	defer r.mu.RUnlock()
	m, ok := r.owners[partition]
	return m, ok
}

// distribute gives every partition an owner. The caller has the lock.
func (r *Ring[M]) distribute() {
	names := make([]string, 0, len(r.members))
	for name := range r.members {
		names = append(names, name)
	}
	slices.Sort(names)
	for p := range r.partitions {
		best := slices.MaxFunc(names, func(a, b string) int {
			return cmp.Compare(hash(fmt.Append(nil, a, p)), hash(fmt.Append(nil, b, p)))
		})
		r.owners[p] = r.members[best]
	}
}

func hash(data []byte) uint64 {
	h := fnv.New64a()
	h.Write(data)
	return h.Sum64()
}
