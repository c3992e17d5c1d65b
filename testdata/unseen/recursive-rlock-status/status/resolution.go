// Package status combines what several clusters say of one object.
package status

import (
	"maps"
	"sync"
	"time"
)

// Combined is a status of all clusters together.
type Combined map[string]int

// Resolution knows how to combine the statuses of one object.
type Resolution struct {
	name string

	sync.RWMutex
	collectors map[string]int
	last       map[string]Combined
}

// NewResolution returns a Resolution without collectors.
func NewResolution(name string) *Resolution {
	return &Resolution{name: name, collectors: map[string]int{"replicas": 1}, last: map[string]Combined{}}
}

// SetCollectors replaces the collectors and forgets what was combined with the old ones.
func (r *Resolution) SetCollectors(collectors map[string]int) {
	r.Lock()
	defer r.Unlock()
	if maps.Equal(r.collectors, collectors) {
		return
	}
	r.collectors = maps.Clone(collectors)
	r.last = map[string]Combined{}
}

// Generate combines the status of a cluster.
func (r *Resolution) Generate(cluster string) Combined {
	r.RLock() // cause
	defer r.RUnlock()
	combined := Combined{}
	for name, limit := range r.collectors {
		combined[name] = min(limit, len(cluster))
	}
	return combined
}

// known returns what was combined last, which takes a look at the cluster. The caller has the lock.
func (r *Resolution) known(cluster string) Combined {
	time.Sleep(8 * time.Millisecond)
	return r.last[cluster]
}
