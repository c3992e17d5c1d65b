package index

import "sync"

// Later computes a value in the background; it arrives on the channel returned.
func Later[T any](tasks *sync.WaitGroup, compute func() T) <-chan T {
	value := make(chan T)
	tasks.Go(func() { // leak:wg
		value <- compute()
	})
	return value
}
