// Package shell runs command lines.
package shell

import (
	"errors"
	"sync"
	"time"

	"logcap.test/programs/unseen/timeout-leak-command/async"
)

// ErrTimeout says that a command was killed because it took too long.
var ErrTimeout = errors.New("command took too long")

// errKilled is what a killed command ends with.
var errKilled = errors.New("signal: killed")

// Session is one command that runs.
type Session struct {
	runtime time.Duration
	signal  chan struct{}
	kill    sync.Once
}

// Start begins a command that takes runtime.
func Start(runtime time.Duration) *Session {
	return &Session{runtime: runtime, signal: make(chan struct{})}
}

// Wait returns the command's exit code once it has ended.
func (s *Session) Wait() (int, error) {
	end := time.NewTimer(s.runtime)
	defer end.Stop()
	select {
	case <-end.C:
		return 0, nil
	case <-s.signal:
		return 137, errKilled
	}
}

// Kill ends the command early.
func (s *Session) Kill() { s.kill.Do(func() { close(s.signal) }) }

// WaitTimeout waits for the command no longer than limit.
func (s *Session) WaitTimeout(limit time.Duration) (int, error) {
	select {
	case <-time.After(limit): // cause
		s.Kill()
		return -1, ErrTimeout
	case r := <-async.Go(s.Wait):
		return r.Value, r.Err
	}
}

// Both waits for two commands of a pipe.
func Both(left, right *Session) error {
	var errs []error
	for _, r := range async.All(left.Wait, right.Wait) {
		errs = append(errs, r.Err)
	}
	return errors.Join(errs...)
}
