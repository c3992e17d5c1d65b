// Package poet proves that time has passed, round by round.
package poet

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Config says how long a round takes.
type Config struct {
	Duration time.Duration
	// Quota is the room for proofs on the disk.
	Quota int
}

// Service runs rounds.
type Service struct {
	errs chan error

	mu     sync.Mutex
	proofs map[int][sha256.Size]byte
}

// New returns a service without rounds.
func New() *Service {
	return &Service{errs: make(chan error, 4), proofs: map[int][sha256.Size]byte{}}
}

// Err returns what went wrong with rounds.
func (s *Service) Err() <-chan error { return s.errs }

// Start begins a round. Its proof can be had with Proof once it has ended.
func (s *Service) Start(ctx context.Context, id int, cfg Config) {
	r := &round{id: id, cfg: cfg}
	go func() { // leak:func
		if err := s.finish(r, r.execute(ctx)); err != nil {
			s.report(r.id, err)
		}
	}()
}

func (s *Service) finish(r *round, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("execute: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.proofs[r.id%128] = r.proof
	return nil
}

func (s *Service) report(id int, err error) {
	s.errs <- fmt.Errorf("round %d: %w", id, err) // cause
}

// Proof returns the proof of a round, if there is one.
func (s *Service) Proof(id int) (proof [sha256.Size]byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	proof, ok = s.proofs[id%128]
	return proof, ok
}
