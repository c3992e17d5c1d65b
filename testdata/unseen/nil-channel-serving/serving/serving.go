// Package serving keeps a port and its certificates until it is told to stop.
package serving

import (
	"sync"
	"sync/atomic"
)

// Info is how to serve.
type Info struct {
	// Reload follows changes of the certificates.
	Reload bool
}

// Serve starts serving. Both channels are closed some time after stop: when no more requests come in, and when all are answered.
func (i Info) Serve(stop <-chan struct{}) (notListening, answered <-chan struct{}) {
	p := &port{refused: make(chan struct{}), answered: make(chan struct{})}
	if i.Reload {
		certs := &reloader{names: []string{"ca.crt", "tls.crt", "tls.key"}, fetched: map[string]int{}}
		go certs.run(2, stop) // leak:func
	}
	go p.shutdown(stop) // leak:func
	return p.refused, p.answered
}

// port takes requests.
type port struct {
	open     atomic.Int32
	refused  chan struct{}
	answered chan struct{}
}

func (p *port) shutdown(stop <-chan struct{}) {
	defer close(p.answered)
	<-stop
	close(p.refused)
	p.open.Store(0)
}

// reloader reads certificates again when one of its workers says so.
type reloader struct {
	names   []string
	mu      sync.Mutex
	fetched map[string]int
}

// run reads everything once with several workers, and forgets it after stop.
func (r *reloader) run(workers int, stop <-chan struct{}) {
	var busy sync.WaitGroup
	for worker := range workers {
		busy.Go(func() { r.read(worker, workers) })
	}
	busy.Wait()
	<-stop
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.fetched)
}

// read reads one share of the certificates.
func (r *reloader) read(share, shares int) {
	for i := share; i < len(r.names); i += shares {
		r.mu.Lock()
		r.fetched[r.names[i]]++
		r.mu.Unlock()
	}
}
