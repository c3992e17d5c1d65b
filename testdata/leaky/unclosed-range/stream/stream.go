// Package stream hands values from one goroutine to another.
package stream

// Stream is a sequence of values that somebody sends and somebody else reads.
type Stream[T any] struct{ values chan T }

// New returns a stream that holds up to n values nobody has read yet.
func New[T any](n int) *Stream[T] { return &Stream[T]{values: make(chan T, n)} }

// Send adds a value.
func (s *Stream[T]) Send(v T) { s.values <- v }

// Close ends the stream.
func (s *Stream[T]) Close() { close(s.values) }

// Each calls do for every value.
func (s *Stream[T]) Each(do func(T)) {
	for v := range s.values {
		do(v)
	}
}
