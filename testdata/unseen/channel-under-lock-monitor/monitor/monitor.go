// Package monitor waits for signs of life.
package monitor

import (
	"errors"
	"sync"
	"time"
)

// Checker knows who may live.
type Checker interface {
	Check(name string) error
}

// Handler is told of the dead.
type Handler interface {
	Failed(name string)
}

// ErrStopped says that the monitor has ended.
var ErrStopped = errors.New("the monitor has stopped")

// Monitor waits for one name.
type Monitor struct {
	name    string
	check   Checker
	handler Handler
	resets  chan time.Duration
	quit    chan struct{}

	mu      sync.Mutex
	stopped bool
}

// New returns a Monitor that waits for the timeout.
func New(name string, timeout time.Duration, check Checker, handler Handler) *Monitor {
	m := &Monitor{name: name, check: check, handler: handler, resets: make(chan time.Duration), quit: make(chan struct{})}
	go m.wait(timeout) // leak:func
	return m
}

// Reset is a sign of life: the timeout begins anew.
func (m *Monitor) Reset(timeout time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return ErrStopped
	}
	if err := m.check.Check(m.name); err != nil {
		return err
	}
	m.resets <- timeout // cause
	return nil
}

// Stop ends the waiting.
func (m *Monitor) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.stopped {
		m.stopped = true
		close(m.quit)
	}
}

func (m *Monitor) wait(timeout time.Duration) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		select {
		case next := <-m.resets:
			timer.Reset(next)
		case <-timer.C:
			m.fail()
			return
		case <-m.quit:
			return
		}
	}
}

// fail tells the handler, unless the monitor was stopped in the meantime.
func (m *Monitor) fail() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stopped {
		return
	}
	m.stopped = true
	close(m.quit)
	m.handler.Failed(m.name)
}
