// Package registry is the list of a service's instances.
package registry

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Service is a named service with its instances.
type Service struct {
	name string
	log  *log

	mu     sync.RWMutex
	seen   map[string]time.Time
	leader string
	term   int
}

var errUnknown = errors.New("unknown instance")

// NewService returns a Service without instances whose log has room until full.
func NewService(name string, full time.Time) *Service {
	return &Service{name: name, log: &log{full: full}, seen: map[string]time.Time{}}
}

// Add adds an instance.
func (s *Service) Add(addr string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[addr] = time.Now()
}

// Renew says that an instance lives.
func (s *Service) Renew(addr string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[addr]; !ok {
		return fmt.Errorf("renew %s: %w", addr, errUnknown)
	}
	s.seen[addr] = time.Now()
	return nil
}

// Leader returns the elected instance.
func (s *Service) Leader() (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.leader == "" {
		return "", fmt.Errorf("%s has no leader yet", s.name)
	}
	return s.leader, nil
}

// Elect makes the instance that was seen last the leader and returns the term.
func (s *Service) Elect() (int, error) {
	next := s.newest()
	s.mu.Lock() // cause
	if next == s.leader {
		defer s.mu.Unlock()
		return s.term, nil
	}
	if err := s.log.append(s.term+1, next); err != nil {
		return 0, fmt.Errorf("elect %s: %w", next, err) // cause
	}
	s.leader = next
	s.term++
	term := s.term
	s.mu.Unlock()
	return term, nil
}

// newest prefers instances that are not the leader, so that the role goes round.
func (s *Service) newest() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	best := ""
	for addr := range s.seen {
		if addr != s.leader && (best == "" || addr < best) {
			best = addr
		}
	}
	return best
}
