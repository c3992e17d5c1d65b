// Package race runs calls against each other.
package race

import "sync"

// Runner keeps account of the calls that are on their way.
type Runner struct{ calls sync.WaitGroup }

// First runs all calls at once and returns the result that comes first.
func First[T any](r *Runner, calls ...func() T) T {
	results := make(chan T)
	for _, call := range calls {
		r.calls.Go(func() { results <- call() }) // leak:wg
	}
	return <-results // cause:wg
}
