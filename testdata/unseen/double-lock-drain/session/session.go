// Package session sends statements to the nodes of a cluster.
package session

import (
	"errors"
	"time"
)

// Session has connections to every node.
type Session struct {
	hosts []*hostPool
}

// ErrNoConnection says that a node has none left.
var ErrNoConnection = errors.New("no connection to the node")

// Open connects to nodes.
func Open(nodes, perNode int) *Session {
	s := &Session{}
	for range nodes {
		s.hosts = append(s.hosts, newHostPool(perNode))
	}
	return s
}

// Exec sends statement n, which takes cost.
func (s *Session) Exec(n int, cost time.Duration) error { return s.send(n, cost, false) }

// Fire sends statement n and does not wait.
func (s *Session) Fire(n int) error { return s.send(n, 0, true) }

func (s *Session) send(n int, cost time.Duration, async bool) error {
	host := s.hosts[n%len(s.hosts)]
	c := host.pick(n)
	if c == nil {
		return ErrNoConnection
	}
	c.Exec(cost, async)
	return nil
}

// Close gives up all connections.
func (s *Session) Close() {
	for _, h := range s.hosts {
		h.drain()
	}
}
