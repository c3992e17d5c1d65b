// Package locksquiet has locks that look as if they were kept or taken twice.
package locksquiet

import "sync"

// What is begun in one function is ended in another.
type pair struct {
	mu   sync.Mutex
	shut bool
}

func (p *pair) begin() bool {
	p.mu.Lock()
	if p.shut {
		p.mu.Unlock()
		return false
	}
	return true
}

func (p *pair) end() { p.mu.Unlock() }

// Taken and given back under one condition.
type maybe struct{ mu sync.Mutex }

func (m *maybe) do(work func(), safe bool) {
	if safe {
		m.mu.Lock()
	}
	work()
	if safe {
		m.mu.Unlock()
	}
}

// Given back in a deferred literal.
type late struct{ mu sync.Mutex }

func (l *late) do(work func() error) error {
	l.mu.Lock()
	locked := true
	defer func() {
		if locked {
			l.mu.Unlock()
		}
	}()
	if err := work(); err != nil {
		return err
	}
	locked = false
	l.mu.Unlock()
	return nil
}

// Hand over hand.
type node struct {
	mu   sync.Mutex
	next *node
	n    int
}

func (n *node) sum() (total int) {
	n.mu.Lock()
	for n.next != nil {
		next := n.next
		next.mu.Lock()
		total += n.n
		n.mu.Unlock()
		n = next
	}
	n.mu.Unlock()
	return total
}

// Given back by what is called last, which takes it again later.
type conn struct {
	mu    sync.Mutex
	state int
}

func (c *conn) connect() {
	c.mu.Lock()
	if c.state == 1 {
		c.mu.Unlock()
		return
	}
	c.dialAndUnlock()
}

func (c *conn) dialAndUnlock() {
	c.state = 1
	c.mu.Unlock()
	c.mu.Lock()
	c.state = 2
	c.mu.Unlock()
}

// Given to the caller.
type lender struct{ mu sync.Mutex }

func (l *lender) lock(fail bool) func() {
	l.mu.Lock()
	if fail {
		l.mu.Unlock()
		return nil
	}
	return l.mu.Unlock
}

// Two instances.
type acct struct {
	mu sync.Mutex
	n  int
}

func (a *acct) add(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n += n
}

func (a *acct) move(b *acct, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.n -= n
	b.add(n)
}

// Given back before the call.
func (a *acct) twice() {
	a.mu.Lock()
	a.n++
	a.mu.Unlock()
	a.add(1)
}

// The callee is told that the lock is held.
func (a *acct) set(n int, locked bool) {
	if !locked {
		a.mu.Lock()
		defer a.mu.Unlock()
	}
	a.n = n
}

func (a *acct) reset() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.set(0, true)
}

// The deferred Unlock stands before the second Lock.
type queue struct {
	mu   sync.Mutex
	open int
}

func (q *queue) wait(done, ready <-chan struct{}) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.open == 0 {
		q.mu.Unlock()
		select {
		case <-done:
			q.mu.Lock()
			q.open--
			return false
		case <-ready:
		}
		q.mu.Lock()
	}
	return true
}
