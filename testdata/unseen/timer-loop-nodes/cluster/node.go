package cluster

import (
	"sync"
	"sync/atomic"
	"time"
)

// status is how a node was last seen.
type status struct {
	healthy bool
	version int
}

// node is one server of the cluster.
type node struct {
	host    string
	refresh *time.Ticker
	version atomic.Int64

	mu     sync.RWMutex
	status status
	closed bool
}

func newNode(host string) *node {
	n := &node{host: host}
	n.look()
	return n
}

// keepFresh looks at the node every now and then, until it is closed.
func (n *node) keepFresh(every time.Duration) {
	n.refresh = time.NewTicker(every)
	go n.follow() // leak:func
}

func (n *node) follow() {
	for range n.refresh.C { // cause
		n.look()
	}
}

// look asks the node how it is.
func (n *node) look() {
	s := status{healthy: true, version: int(n.version.Add(1))}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closed {
		n.status = s
	}
}

func (n *node) healthy() bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.status.healthy
}

// close ends the refreshing.
func (n *node) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.closed, n.status = true, status{}
	if n.refresh != nil {
		n.refresh.Stop()
	}
}
