// Package future hands over results that take a while.
package future

// Future is a T that is there later. It is resolved once.
type Future[T any] struct {
	result chan T
}

// New returns a Future that is not resolved.
func New[T any]() *Future[T] {
	return &Future[T]{result: make(chan T)}
}

// Resolve hands the result over.
func (f *Future[T]) Resolve(v T) {
	f.result <- v // cause
}

// Get waits for the result.
func (f *Future[T]) Get() T { return <-f.result }
