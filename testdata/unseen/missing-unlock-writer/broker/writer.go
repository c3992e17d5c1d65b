package broker

import (
	"errors"
	"sync"
)

var (
	errClosed = errors.New("the client has left")
	errSlow   = errors.New("the client is too slow")
)

// Limits is how much may wait for a client.
type Limits struct {
	Messages int
	Bytes    int
}

// writer is a client's queue.
type writer struct {
	limits Limits

	mu     sync.Mutex
	queue  []string
	bytes  int
	closed bool
}

func newWriter(limits Limits) *writer { return &writer{limits: limits} }

func (w *writer) enqueue(data string) error {
	w.mu.Lock() // cause
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	if len(w.queue) >= w.limits.Messages {
		w.bytes -= len(w.queue[0])
		w.queue = w.queue[1:]
	}
	w.queue = append(w.queue, data)
	w.bytes += len(data)
	if w.bytes > w.limits.Bytes {
		w.queue, w.bytes = w.queue[:len(w.queue)-1], w.bytes-len(data)
		return errSlow // cause
	}
	w.mu.Unlock()
	return nil
}

func (w *writer) take(most int) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := min(most, len(w.queue))
	taken := w.queue[:n:n]
	w.queue = w.queue[n:]
	for _, data := range taken {
		w.bytes -= len(data)
	}
	return taken
}

func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed, w.queue, w.bytes = true, nil, 0
}
