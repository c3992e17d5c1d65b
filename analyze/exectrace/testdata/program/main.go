// Command program writes the execution trace that the tests of exectrace read.
// It uses only what Go 1.22 has, so that every toolchain can build it:
//
//	GOTOOLCHAIN=go1.22.12 go run . > ../go1.22.trace
package main

import (
	"os"
	"runtime/trace"
	"sync"
	"time"
)

// launcher stands in for a service whose goroutines come from several places.
type launcher struct {
	wg   group
	stop chan struct{}
}

// group is sync.WaitGroup; Go 1.25 and later start with its Go method, see go125.go.
type group struct{ sync.WaitGroup }

func (l *launcher) run() { defer done(); <-l.stop }

func (l *launcher) launch() { l.wg.start(l.run) }

func done() { time.Sleep(time.Millisecond) }

// worker is a named function with an argument: the runtime wraps it.
func (l *launcher) worker(n int) {
	time.Sleep(time.Duration(n) * time.Millisecond)
	l.wg.Done()
}

func main() {
	l := &launcher{stop: make(chan struct{})}
	before := make(chan struct{})
	go func() { <-before }() // alive before the trace, so no birth of it is known
	time.Sleep(10 * time.Millisecond)
	if err := trace.Start(os.Stdout); err != nil {
		panic(err)
	}
	for i := 1; i <= 3; i++ {
		l.wg.Add(1)
		go l.worker(i)
	}
	l.launch()
	l.launch()
	time.AfterFunc(time.Millisecond, func() { time.Sleep(2 * time.Millisecond) })
	forever := make(chan int)
	go func() { forever <- 1 }() // leaks
	go func() {
		go func() { time.Sleep(time.Millisecond) }()
	}()
	time.Sleep(30 * time.Millisecond)
	close(l.stop)
	l.wg.Wait()
	close(before)
	trace.Stop()
}
