package session

import (
	"slices"
	"sync"

	"logcap.test/programs/unseen/double-lock-drain/wire"
)

// hostPool holds the connections to one node.
type hostPool struct {
	size int

	mu     sync.RWMutex
	conns  []*wire.Conn
	closed bool
	errs   []error
}

func newHostPool(size int) *hostPool {
	p := &hostPool{size: size}
	p.fill()
	return p
}

// fill opens connections until there are enough.
func (p *hostPool) fill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for !p.closed && len(p.conns) < p.size {
		p.conns = append(p.conns, wire.Dial(p))
	}
}

func (p *hostPool) pick(n int) *wire.Conn {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if len(p.conns) == 0 {
		return nil
	}
	return p.conns[n%len(p.conns)]
}

// HandleError takes a connection out that failed.
func (p *hostPool) HandleError(c *wire.Conn, err error, closed bool) {
	if !closed {
		return
	}
	p.mu.Lock() // cause
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.errs = append(p.errs, err)
	if i := slices.Index(p.conns, c); i >= 0 {
		p.conns = slices.Delete(p.conns, i, i+1)
	}
}

// drain closes all connections.
func (p *hostPool) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, c := range p.conns {
		c.Close() // cause
	}
	p.conns = nil
}
