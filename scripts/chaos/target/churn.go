//go:build linux

package main

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// each is how many goroutines a nursery keeps alive; there are four.
const each = 250

// startNurseries returns when all are full. Each starts one kind of goroutine
// at one go statement, and names in scripts/chaos say which.
func startNurseries() {
	var full sync.WaitGroup
	full.Add(4)
	go nurseReceivers(&full)
	go nurseSelectors(&full)
	go nurseSleepers(&full)
	go nurseRecursers(&full)
	full.Wait()
}

// places are taken before a go statement and given back at a goroutine's end.
func places() chan struct{} { return make(chan struct{}, each) }

func nurseReceivers(full *sync.WaitGroup) {
	p := places()
	c := make(chan int)
	go feed(c)
	for n := 1; ; n++ {
		p <- struct{}{}
		go receiver(p, c)
		if n == each {
			full.Done()
		}
	}
}

func nurseSelectors(full *sync.WaitGroup) {
	p := places()
	for n := 1; ; n++ {
		p <- struct{}{}
		go selector(p)
		if n == each {
			full.Done()
		}
	}
}

func nurseSleepers(full *sync.WaitGroup) {
	p := places()
	for n := 1; ; n++ {
		p <- struct{}{}
		go sleeper(p)
		if n == each {
			full.Done()
		}
	}
}

func nurseRecursers(full *sync.WaitGroup) {
	p := places()
	for n := 1; ; n++ {
		p <- struct{}{}
		go recurser(p)
		if n == each {
			full.Done()
		}
	}
}

// moment is how long a goroutine lives: up to 20 ms, so that some 100,000 are born in a second.
func moment() time.Duration { return rand.N(20 * time.Millisecond) }

func feed(c chan<- int) {
	for n := 0; ; n++ {
		c <- n
		if n%50 == 0 {
			time.Sleep(time.Millisecond)
		}
	}
}

func receiver(p <-chan struct{}, c <-chan int) {
	<-c
	<-p
}

func selector(p <-chan struct{}) {
	never := make(chan int)
	select {
	case <-never:
	case <-time.After(moment()):
	}
	<-p
}

func sleeper(p <-chan struct{}) {
	time.Sleep(moment())
	<-p
}

// recurser needs a larger stack, waits with it, and again with less of it, so
// that a collection may shrink it.
func recurser(p <-chan struct{}) {
	descend(rand.N(60))
	time.Sleep(moment())
	<-p
}

//go:noinline
func descend(calls int) byte {
	var room [128]byte
	room[calls] = 1
	if calls > 0 {
		return descend(calls-1) + room[calls]
	}
	time.Sleep(moment())
	return room[0]
}

// collect keeps the collector busy, and has it give memory back to the system.
func collect() {
	for n := 0; ; n++ {
		junk := make([][]byte, 0, 64)
		for range cap(junk) {
			junk = append(junk, make([]byte, 64<<10))
		}
		runtime.KeepAlive(junk)
		if n%4 == 0 {
			debug.FreeOSMemory()
		}
		time.Sleep(5 * time.Millisecond)
	}
}
