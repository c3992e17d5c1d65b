// Package runner runs a server for the time of a migration.
package runner

import (
	"errors"
	"sync"
	"time"
)

// Process is a server that runs.
type Process interface {
	Terminate()
	Kill()
	// Wait returns when the process has ended.
	Wait() error
}

// ErrStarted says that a runner has a server already.
var ErrStarted = errors.New("server runs already")

// Runner holds one server.
type Runner struct {
	grace time.Duration

	mu   sync.Mutex
	proc Process
}

// New returns a runner that gives its server the time grace to end.
func New(grace time.Duration) *Runner { return &Runner{grace: grace} }

// Start takes over a process.
func (r *Runner) Start(p Process) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.proc != nil {
		return ErrStarted
	}
	r.proc = p
	return nil
}

// Stop ends the server, by force if it does not end within the time it is given.
func (r *Runner) Stop() error {
	r.mu.Lock()
	proc := r.proc
	r.proc = nil
	r.mu.Unlock()
	if proc == nil {
		return nil
	}
	sd := shutdown{expired: make(chan bool), ended: make(chan struct{})}
	proc.Terminate()
	go sd.countdown(r.grace) // leak:func
	go sd.enforce(proc)
	err := proc.Wait()
	close(sd.ended)
	return err
}
