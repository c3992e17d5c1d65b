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
	closed  chan struct{}

	mu     sync.RWMutex
	status status
}

func newNode(host string) *node {
	n := &node{host: host, closed: make(chan struct{})}
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
	select {
	case <-n.closed:
	default:
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
	n.status = status{}
	close(n.closed)
	if n.refresh != nil {
		n.refresh.Stop()
	}
}
