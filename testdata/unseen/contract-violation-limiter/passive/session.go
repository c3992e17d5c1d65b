// Package passive asks public sources for the names below a domain.
package passive

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/unseen/contract-violation-limiter/ratelimit"
)

// Source is one that can be asked.
type Source struct {
	Name string
	// PerSecond is how often it may be asked; 0: as often as one likes.
	PerSecond int
	Slow      time.Duration
}

// Session is what one enumeration needs.
type Session struct {
	ctx    context.Context
	cancel context.CancelFunc
	global *ratelimit.Limiter
	limits map[string]*ratelimit.Limiter
	cache  sync.Map
}

// NewSession prepares an enumeration with sources; global limits all sessions together.
func NewSession(ctx context.Context, sources []Source, global *ratelimit.Limiter) *Session {
	s := &Session{global: global, limits: map[string]*ratelimit.Limiter{}}
	s.ctx, s.cancel = context.WithCancel(ctx)
	for _, src := range sources {
		if src.PerSecond > 0 {
			s.limits[src.Name] = ratelimit.New(src.PerSecond, time.Second) // cause
		}
	}
	return s
}

// Ask returns what a source knows of domain.
func (s *Session) Ask(src Source, domain string) ([]string, error) {
	if err := s.global.Take(s.ctx); err != nil {
		return nil, err
	}
	if l := s.limits[src.Name]; l != nil {
		if err := l.Take(s.ctx); err != nil {
			return nil, err
		}
	}
	time.Sleep(src.Slow)
	name := fmt.Sprintf("%s.%s", src.Name, domain)
	if _, known := s.cache.LoadOrStore(name, true); known {
		return nil, nil
	}
	return []string{name}, nil
}

// Close gives up what the session holds.
func (s *Session) Close() {
	s.cancel()
	s.cache.Clear()
	clear(s.limits)
}
