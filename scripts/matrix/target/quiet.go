package main

import (
	"context"
	"os"
	"os/signal"
	"runtime"
	"runtime/pprof"
	"sync"
	"syscall"
	"time"
)

// copies is how many goroutines each way of blocking has.
const copies = 3

// things are what the goroutines block on; nothing ever happens to them.
type things struct {
	never   chan int // nobody sends
	full    chan int // nobody receives
	null    chan int
	other   chan string // nobody sends
	mutex   sync.Mutex
	rw      sync.RWMutex
	wg      sync.WaitGroup
	cond    *sync.Cond
	pipe    [2]*os.File // pollable
	fd      int         // not pollable
	spinner int
}

func quiet() *things {
	t := &things{never: make(chan int), full: make(chan int), other: make(chan string)}
	t.cond = sync.NewCond(&sync.Mutex{})
	t.mutex.Lock()
	t.rw.Lock()
	t.wg.Add(1)
	var err error
	if t.pipe[0], t.pipe[1], err = os.Pipe(); err != nil {
		panic(err)
	}
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	t.fd = fds[0]
	for i := 0; i < copies; i++ {
		t.startWaits()
		t.startForms(i)
		t.startStacks()
		startLater(t)
		startCoroutines(t)
	}
	startC(t)
	startOnce(t)
	return t
}

// startWaits has one go statement for each reason to wait.
func (t *things) startWaits() {
	go func() { t.full <- 1 }()
	go func() { <-t.never }()
	go func() {
		for range t.never {
		}
	}()
	go func() { <-t.null }()
	go func() { t.null <- 1 }()
	go func() {
		select {
		case <-t.never:
		case <-t.other:
		}
	}()
	go func() { select {} }()
	go func() { t.mutex.Lock() }()
	go func() { t.rw.RLock() }()
	go func() {
		var rw sync.RWMutex
		rw.RLock()
		rw.Lock()
	}()
	go func() { t.wg.Wait() }()
	go func() {
		t.cond.L.Lock()
		t.cond.Wait()
	}()
	go func() { time.Sleep(time.Hour) }()
	go func() { t.pipe[0].Read(make([]byte, 1)) }()
	go func() { syscall.Read(t.fd, make([]byte, 1)) }()
	go func() {
		runtime.LockOSThread()
		<-t.never
	}()
	go func() {
		for range time.NewTicker(time.Hour).C {
		}
	}()
	go func() { <-time.After(time.Hour) }()
}

// startOnce starts what there can be one of, or what blocks a goroutine of the runtime's.
func startOnce(t *things) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() { <-signals }()
	time.AfterFunc(0, func() { <-t.never })
	ctx, cancel := context.WithCancel(context.Background())
	context.AfterFunc(ctx, func() { t.full <- 1 })
	cancel()
	runtime.SetFinalizer(new([64]byte), func(*[64]byte) { <-t.never })
	runtime.GC()
	labels := pprof.Labels("tenant", "a, b: {c}", "empty", "", "path", "/x y")
	pprof.Do(context.Background(), labels, func(ctx context.Context) {
		go func() { <-t.never }()
		pprof.Do(ctx, pprof.Labels("tenant", "inner"), func(context.Context) {
			go func() { t.full <- 1 }()
		})
	})
}

// spin computes without a call: only a signal interrupts it.
func (t *things) spin() {
	for {
		t.spinner++
	}
}
