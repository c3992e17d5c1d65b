// Package quiet looks like what leaks, and does not, or not for certain.
package quiet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var errLate = errors.New("late")

// There is room for the value.
func Room(work func() int) (int, error) {
	answer := make(chan int, 1)
	go func() { answer <- work() }()
	select {
	case n := <-answer:
		return n, nil
	case <-time.After(time.Second):
		return 0, errLate
	}
}

// The goroutine reports an error instead of the value.
func Instead(work func() (int, error)) (int, error) {
	answer, failed := make(chan int), make(chan error)
	go func() {
		n, err := work()
		if err != nil {
			failed <- err
			return
		}
		answer <- n
	}()
	select {
	case n := <-answer:
		return n, nil
	case err := <-failed:
		return 0, err
	}
}

// What ends the wait is the goroutine's own end.
func Own(work func(context.Context) int) int {
	ctx, cancel := context.WithCancel(context.Background())
	answer := make(chan int)
	go func() {
		defer cancel()
		answer <- work(ctx)
	}()
	select {
	case n := <-answer:
		return n
	case <-ctx.Done():
		return 0
	}
}

// The value is taken behind the time limit.
func Behind(work func() int) int {
	answer := make(chan int)
	go func() { answer <- work() }()
	select {
	case n := <-answer:
		return n
	case <-time.After(time.Second):
	}
	return <-answer
}

// The wait is begun again.
func Patient(work func() int) int {
	answer := make(chan int)
	go func() { answer <- work() }()
	for {
		select {
		case n := <-answer:
			return n
		case <-time.After(time.Second):
			fmt.Println("still waiting")
		}
	}
}

// A deferred function takes it.
func Deferred(work func() int, admit func() error) error {
	answer := make(chan int)
	go func() { answer <- work() }()
	defer func() { <-answer }()
	return admit()
}

// The early way out and the start ask the same.
func Correlated(work func() int, really bool) int {
	answer := make(chan int)
	if really {
		go func() { answer <- work() }()
	}
	if !really {
		return 0
	}
	return <-answer
}

// The goroutine says before that there will be no value.
func Agreed(work func() (int, bool)) int {
	answer, none := make(chan int), make(chan struct{})
	go func() {
		n, ok := work()
		if !ok {
			close(none)
			return
		}
		close(none)
		answer <- n
	}()
	<-none
	if answer == nil {
		return 0
	}
	return <-answer
}

// As many are taken as are sent.
func All(urls []string, get func(string) string) (out []string) {
	pages := make(chan string)
	for _, u := range urls {
		go func() { pages <- get(u) }()
	}
	for range urls {
		out = append(out, <-pages)
	}
	return out
}

func Pair(get func(int) string) string {
	pages := make(chan string)
	for i := 0; i < 2; i++ {
		go func() { pages <- get(i) }()
	}
	return <-pages + <-pages
}

// Only the last one sends.
func Last(urls []string, get func(string) string) string {
	pages := make(chan string)
	var mu sync.Mutex
	left := len(urls)
	for _, u := range urls {
		go func() {
			page := get(u)
			mu.Lock()
			left--
			last := left == 0
			mu.Unlock()
			if last {
				pages <- page
			}
		}()
	}
	return <-pages
}

// A channel that others have too.
func Shared(work func() int, all map[chan int]bool) (int, error) {
	answer := make(chan int)
	all[answer] = true
	go func() { answer <- work() }()
	select {
	case n := <-answer:
		return n, nil
	case <-time.After(time.Second):
		return 0, errLate
	}
}

func Printed(work func() int) (int, error) {
	answer := make(chan int)
	fmt.Println(answer)
	go func() { answer <- work() }()
	select {
	case n := <-answer:
		return n, nil
	case <-time.After(time.Second):
		return 0, errLate
	}
}

// Another goroutine takes what is left.
func Drained(work func() int) (int, error) {
	answer := make(chan int)
	go func() { answer <- work() }()
	select {
	case n := <-answer:
		return n, nil
	case <-time.After(time.Second):
		go func() { <-answer }()
		return 0, errLate
	}
}

// The sender gives up as well.
func Both(ctx context.Context, work func() int) (int, error) {
	answer := make(chan int)
	go func() {
		select {
		case answer <- work():
		case <-ctx.Done():
		}
	}()
	select {
	case n := <-answer:
		return n, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// One path sends one value, the other another.
func Either(read func() error) error {
	verdict := make(chan error)
	go func() {
		if err := read(); err != nil {
			verdict <- err
			return
		}
		verdict <- nil
	}()
	return <-verdict
}

// The receiver is in another package.
type Job struct{ Done chan struct{} }

func Start(work func()) *Job {
	j := &Job{Done: make(chan struct{})}
	go func() {
		work()
		j.Done <- struct{}{}
	}()
	return j
}

// A caller of the same package may ask again.
type ticket struct{ price chan int }

func Ask(ctx context.Context, work func() int) int {
	t := &ticket{make(chan int)}
	go func() { t.price <- work() }()
	for {
		if n, ok := t.wait(ctx); ok {
			return n
		}
		ctx = context.Background()
	}
}

func (t *ticket) wait(ctx context.Context) (int, bool) {
	select {
	case <-ctx.Done():
		return 0, false
	case n := <-t.price:
		return n, true
	}
}

// The channel is a case of a select that is nil on purpose.
func Nil(in <-chan int, quit chan struct{}) {
	var out chan int
	for {
		select {
		case n := <-in:
			_ = n
		case out <- 1:
		case <-quit:
			return
		}
	}
}

// Somebody closes.
func Closed(lines []string, write func(string)) {
	c := make(chan string)
	go func() {
		for l := range c {
			write(l)
		}
	}()
	defer close(c)
	for _, l := range lines {
		c <- l
	}
}
