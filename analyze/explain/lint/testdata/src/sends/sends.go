// Package sends has goroutines that wait for ever to hand over a value.
package sends

import (
	"context"
	"errors"
	"sync"
	"time"
)

var errLate = errors.New("late")

func Late(work func() int) (int, error) {
	answer := make(chan int)
	go func() { answer <- work() }()
	select {
	case n := <-answer:
		return n, nil
	case <-time.After(time.Second): // want `when this case comes first, nobody receives from answer any more`
		return 0, errLate
	}
}

type ticket struct{ price chan int }

func open(work func() int) *ticket {
	t := &ticket{price: make(chan int)}
	go t.run(work)
	return t
}

func (t *ticket) run(work func() int) { t.price <- work() }

func (t *ticket) wait(ctx context.Context) int {
	select {
	case <-ctx.Done(): // want `when this case comes first, nobody receives from t.price any more`
		return 0
	case n := <-t.price:
		return n
	}
}

func Held(ctx context.Context, work func() int) int { return open(work).wait(ctx) }

func begin[T any](tasks *sync.WaitGroup, work func() T) <-chan T {
	out := make(chan T)
	tasks.Go(func() { out <- work() })
	return out
}

func Early(tasks *sync.WaitGroup, work func() int, admit func() error) (n int, err error) {
	out := begin(tasks, work)
	if err = admit(); err != nil {
		return // want `Early returns here without receiving from out`
	}
	return <-out, nil
}

func First(urls []string, get func(string) string) string {
	pages := make(chan string)
	for _, u := range urls {
		go func() { pages <- get(u) }()
	}
	return <-pages // want `one value is received from pages of the several that are sent`
}

func fan(urls []string, out chan<- string) {
	for _, u := range urls {
		go deliver(u, out)
	}
}

func deliver(u string, out chan<- string) { out <- u + "!" }

func Fastest(urls []string) string {
	out := make(chan string, 0)
	fan(urls, out)
	return <-out // want `one value is received from out of the several`
}

func Check(read func() error) error {
	verdict := make(chan error)
	go func() {
		if err := read(); err != nil {
			verdict <- err // want `sends to verdict here and again behind it`
		}
		verdict <- nil
	}()
	return <-verdict
}

type job struct{ done chan struct{} }

func Start(work func()) *job {
	j := &job{done: make(chan struct{})}
	go j.run(work)
	return j
}

func (j *job) run(work func()) {
	work()
	j.done <- struct{}{} // want `nobody receives from j.done, and it never leaves the package`
}
