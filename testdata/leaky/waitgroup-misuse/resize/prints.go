package resize

import (
	"sync"

	"logcap.test/programs/leaky/waitgroup-misuse/picture"
)

// Prints is pictures for paper. They are given one after the other.
type Prints struct {
	wg     sync.WaitGroup
	mu     sync.Mutex
	ready  int
	errors []error
}

// Add begins to resize one more.
func (p *Prints) Add(f picture.File) {
	p.wg.Add(1) // cause:wg cause:stuck-wg
	im, err := picture.Read(f)
	if err != nil {
		p.errors = append(p.errors, err)
		return // cause:wg cause:stuck-wg
	}
	go func() {
		defer p.wg.Done()
		im.Scale()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.ready++
	}()
}

// Finish waits for all pictures and returns what went wrong.
func (p *Prints) Finish() (ready int, errors []error) {
	p.wg.Wait()
	return p.ready, p.errors
}
