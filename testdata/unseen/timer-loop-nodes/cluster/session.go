// Package cluster has sessions with a cluster of a database.
package cluster

import (
	"errors"
	"time"
)

// Options say how a session behaves.
type Options struct {
	Hosts []string
	// Refresh is how often the nodes are looked at; 0: never again.
	Refresh time.Duration
}

// ErrNoNode says that no node is fit for a query.
var ErrNoNode = errors.New("no healthy node")

// Session is open until it is closed.
type Session struct {
	nodes []*node
	next  int
}

// Connect opens a session.
func Connect(o Options) *Session {
	s := &Session{}
	for _, host := range o.Hosts {
		n := newNode(host)
		if o.Refresh > 0 {
			n.keepFresh(o.Refresh)
		}
		s.nodes = append(s.nodes, n)
	}
	return s
}

// Query asks the next healthy node.
func (s *Session) Query(cost time.Duration) (host string, err error) {
	for range s.nodes {
		n := s.nodes[s.next%len(s.nodes)]
		s.next++
		if n.healthy() {
			time.Sleep(cost)
			return n.host, nil
		}
	}
	return "", ErrNoNode
}

// Close ends the session and all its nodes.
func (s *Session) Close() {
	for _, n := range s.nodes {
		n.close()
	}
	s.nodes = nil
}
