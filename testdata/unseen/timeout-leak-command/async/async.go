// Package async runs functions beside their callers.
package async

// Result is what a function came back with.
type Result[T any] struct {
	Value T
	Err   error
}

// Go calls f and hands over its result.
func Go[T any](f func() (T, error)) <-chan Result[T] {
	c := make(chan Result[T])
	go deliver(f, c) // leak:func
	return c
}

func deliver[T any](f func() (T, error), c chan<- Result[T]) {
	v, err := f()
	c <- Result[T]{v, err}
}

// All calls every f at once and returns the results in order.
func All[T any](fs ...func() (T, error)) []Result[T] {
	var running []<-chan Result[T]
	for _, f := range fs {
		running = append(running, Go(f))
	}
	var all []Result[T]
	for _, c := range running {
		all = append(all, <-c)
	}
	return all
}
