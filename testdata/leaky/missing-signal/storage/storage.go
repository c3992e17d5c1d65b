// Package storage keeps what clients sent.
package storage

import (
	"sync"
	"sync/atomic"

	"logcap.test/programs/leaky/missing-signal/upload"
)

// Storage is one disk.
type Storage struct {
	tasks  sync.WaitGroup
	bytes  atomic.Int64
	failed atomic.Int64
}

func (st *Storage) add(size int) { st.bytes.Add(int64(size)) }

// Watch counts t when it is there.
func (st *Storage) Watch(t *upload.Transfer) {
	go func() { // leak:func
		size, err := t.Wait()
		if err != nil {
			st.failed.Add(1)
			return
		}
		st.add(size)
	}()
}

// pending is something whose size is not known yet.
type pending interface {
	Then(func(size int))
}

// WatchQuota counts t against the quota of its owner.
func (st *Storage) WatchQuota(t *upload.Transfer) {
	go st.charge(t) // leak:method
}

func (st *Storage) charge(p pending) {
	p.Then(func(size int) { st.add(size / 2) })
}

// WatchAll counts t among all others.
func (st *Storage) WatchAll(t *upload.Transfer) {
	st.tasks.Go(func() { // leak:wg
		if size, err := t.Wait(); err == nil {
			st.add(size)
		}
	})
}
