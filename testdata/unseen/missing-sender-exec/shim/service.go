// Package shim looks after the processes of one sandbox.
package shim

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Status is where a process is in its life.
type Status int

// The states of a process.
const (
	Created Status = iota
	Running
	Stopped
)

// The reasons for which requests are refused.
var (
	ErrUnknown = errors.New("no such process")
	ErrBinary  = errors.New("executable file not found in $PATH")
)

// Command is what a process runs.
type Command struct {
	Path    string
	Runtime time.Duration
}

// process is one that was asked for.
type process struct {
	id      string
	command Command
	status  Status
	code    int
	exit    chan int
}

// Service has all processes.
type Service struct {
	agent Agent

	mu        sync.Mutex
	processes map[string]*process
}

// New returns a service that starts processes with a.
func New(a Agent) *Service { return &Service{agent: a, processes: map[string]*process{}} }

// Create prepares a process.
func (s *Service) Create(id string, c Command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes[id] = &process{id: id, command: c, exit: make(chan int, 1)}
}

func (s *Service) get(id string) (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.processes[id]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, id)
	}
	return p, nil
}

// Start runs a process that was created.
func (s *Service) Start(id string) error {
	p, err := s.get(id)
	if err != nil {
		return err
	}
	done, err := s.agent.Exec(p.command)
	if err != nil {
		s.mark(p, Stopped, -1)
		return fmt.Errorf("start %s: %w", id, err) // cause
	}
	s.mark(p, Running, 0)
	go s.reap(p, done)
	return nil
}

// reap waits for the end of a process that runs.
func (s *Service) reap(p *process, done <-chan int) {
	code := <-done
	s.mark(p, Stopped, code)
	p.exit <- code
}

func (s *Service) mark(p *process, status Status, code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.status, p.code = status, code
}

// Wait returns the exit code of a process once it has ended. Any number of callers may wait.
func (s *Service) Wait(id string) (int, error) {
	p, err := s.get(id)
	if err != nil {
		return 0, err
	}
	code := <-p.exit // cause
	p.exit <- code   // for the next one
	return code, nil
}

// Delete forgets a process.
func (s *Service) Delete(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.processes, id)
}
