// Package lib stands in for a library with handles: its constructor starts a goroutine that only Close ends.
package lib

import (
	"sync"
	"sync/atomic"
	"time"
)

// Watcher looks at a named value at an interval.
type Watcher struct {
	name    string
	changes chan string
	looks   atomic.Int64
	stop    chan struct{}
	once    sync.Once
	wg      sync.WaitGroup
}

// NewWatcher returns a Watcher that is running. The caller must Close it.
func NewWatcher(name string, interval time.Duration) *Watcher {
	w := &Watcher{name: name, changes: make(chan string, 1), stop: make(chan struct{})}
	w.wg.Add(1)
	go w.watch(interval)
	return w
}

// Changes announces the first look.
func (w *Watcher) Changes() <-chan string { return w.changes }

// Close ends the watching and waits for its goroutine.
func (w *Watcher) Close() {
	w.once.Do(func() { close(w.stop) })
	w.wg.Wait()
}

func (w *Watcher) watch(interval time.Duration) {
	defer w.wg.Done()
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	w.changes <- w.name
	for {
		select {
		case <-w.stop:
			return
		case <-ticker.C:
			w.looks.Add(1)
		}
	}
}
