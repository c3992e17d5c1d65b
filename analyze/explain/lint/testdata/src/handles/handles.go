// Package handles opens what has to be closed.
package handles

import "opened"

func Load() {
	w := opened.New() // want `each call of Load opens one, and nobody calls Close: the goroutine that opened.New starts stays`
	w.Look()
}

func Discard() {
	opened.Begin() // want `nobody calls Shutdown`
}

func Poll(work func()) {
	p := opened.NewPoller()
	p.Start() // want `Start starts a goroutine that only Stop ends, and nobody calls that on p`
	work()
}

// Store holds a watcher.
type Store struct{ w *opened.Watcher }

func Open() *Store { return &Store{w: opened.New()} } // want Open:`opens what Close ends`

func (s *Store) Read()  { s.w.Look() }
func (s *Store) Close() { s.w.Close() }

func Wrapped() {
	s := Open() // want `each call of Wrapped opens one, and nobody calls Close`
	s.Read()
}

// What follows is right, or cannot be told.

func Closes() {
	w := opened.New()
	defer w.Close()
}

func closes(w *opened.Watcher) { w.Close() }

func Helper() {
	w := opened.New()
	defer closes(w)
}

func Stops() {
	p := opened.NewPoller()
	p.Start()
	defer p.Stop()
}

func Given() *opened.Watcher { // want Given:`opens what Close ends`
	return opened.New()
}

func Callback(use func(*opened.Watcher)) { use(opened.New()) }

func Elsewhere(p *opened.Poller) {
	q := p
	q.Start()
}

var kept *opened.Watcher

func Keep() { kept = opened.New() }

func Parented() { opened.BeginWithin(nil) }

func init() { opened.New() }
