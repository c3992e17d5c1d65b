package main

import (
	"context"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

func channels() {
	for i := 0; i < 3; i++ {
		in := make(chan int)
		go func() { <-in }()
		out := make(chan int)
		go func() { out <- 1 }()
		go func() {
			for range make(chan int) {
				continue
			}
		}()
	}
	go func() {
		v, ok := <-make(chan int)
		_, _ = v, ok
	}()
	go func() {
		var none chan int
		<-none
	}()
	go func() {
		var none chan int
		none <- 1
	}()
	go func() {
		a, b := make(chan int), make(chan int)
		select {
		case <-a:
		case b <- 1:
		}
	}()
	go func() { select {} }()
}

func locks() {
	var mu sync.Mutex
	mu.Lock()
	go func() { mu.Lock() }()
	var read sync.RWMutex
	read.Lock()
	go func() { read.RLock() }()
	var write sync.RWMutex
	write.RLock()
	go func() { write.Lock() }()
	var behind sync.RWMutex
	behind.Lock()
	go func() { behind.Lock() }()
}

func waits() {
	go func() {
		c := sync.NewCond(&sync.Mutex{})
		c.L.Lock()
		c.Wait()
	}()
	go func() {
		var wg sync.WaitGroup
		wg.Add(1)
		wg.Wait()
	}()
	go func() { time.Sleep(time.Hour) }()
	go accept()
	go blockedSyscall()
	go func() {
		runtime.LockOSThread()
		<-make(chan int)
	}()
}

func accept() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		c, err := net.Dial("tcp", l.Addr().String())
		if err == nil {
			_, _ = c.Read(make([]byte, 1))
		}
	}()
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
	}
}

// blockedSyscall reads a pipe that nobody writes, past the poller.
func blockedSyscall() {
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	_, _ = syscall.Read(fds[0], make([]byte, 1))
}

type pair[K comparable, V any] struct {
	key   K
	value chan V
}

func (p *pair[K, V]) wait() V { return <-p.value }

func receive[T any](c chan T) T { return <-c }

type worker struct{ in chan int }

func (w *worker) run() { <-w.in }

func (w worker) byValue(times int) { <-w.in }

// inlined is small enough to be.
func inlined(c chan int) int { return <-c }

func deep(n int, c chan int) int {
	if n == 0 {
		return <-c
	}
	return deep(n-1, c) + 1
}

func shapes() {
	go (&pair[string, int]{"k", make(chan int)}).wait()
	go receive(make(chan string))
	go func() { receive(make(chan []byte)) }()
	w := &worker{make(chan int)}
	go w.run()
	go w.byValue(3)
	run := w.run
	go run()
	go func() { inlined(make(chan int)) }()
	go deep(10, make(chan int))
	go func() {
		go func() {
			func() { <-make(chan int) }()
		}()
	}()
	go func() {
		defer func() {
			<-make(chan int) // in a deferred call while a panic unwinds
		}()
		panic("parked in its defer")
	}()
}

func launched() {
	time.AfterFunc(time.Millisecond, func() { <-make(chan int) })
	time.AfterFunc(time.Millisecond, (&worker{make(chan int)}).run)
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(ctx, func() { <-make(chan int) })
	cancel()
	go func() {
		r, w, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		_, _ = r.Read(make([]byte, 1))
		w.Close()
	}()
}

func labelled() {
	set := func(kv ...string) {
		pprof.Do(context.Background(), pprof.Labels(kv...), func(context.Context) {
			go func() { <-make(chan int) }()
		})
	}
	set("handler", "/orders", "shard", "1")
	set("handler", "/orders", "shard", "1")
	set("plain", "word")
	set("hostile", "a]:b | <script>alert(1)</script>\nnext\x1b[31m", "quote\"", "}")
}
