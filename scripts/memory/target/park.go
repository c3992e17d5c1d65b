//go:build linux

package main

import (
	"sync"
	"time"
)

// park starts n goroutines that wait as those of services do: most a few calls
// deep, some deep down. What it gives is to be kept alive.
func park(n int, scattered bool, stop <-chan struct{}) [][]byte {
	var mu sync.Mutex
	mu.Lock()
	tick := make(chan struct{})
	keep := [][]byte{nil}
	for i := range n {
		switch i % 10 {
		case 0, 1, 2, 3:
			go receive(stop)
		case 4, 5, 6:
			go func() { serve(stop, tick, 3) }()
		case 7:
			go lock(&mu)
		case 8:
			go sleep(stop)
		case 9:
			go func() { descend(stop, 24) }()
		}
		if scattered {
			keep = append(keep, make([]byte, 400+i%3*16)) // of the size that a goroutine's struct has
		}
	}
	return keep
}

func receive(stop <-chan struct{}) { <-stop }

// serve waits in a select below some calls with middling frames.
//
//go:noinline
func serve(stop, tick <-chan struct{}, calls int) byte {
	var room [64]byte
	room[calls] = 1
	if calls > 0 {
		return serve(stop, tick, calls-1) + room[calls]
	}
	select {
	case <-stop:
	case <-tick:
	}
	return room[0]
}

// lock waits for good, behind all others of its kind.
func lock(mu *sync.Mutex) {
	mu.Lock()
	defer mu.Unlock()
}

func sleep(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
			time.Sleep(time.Hour)
		}
	}
}

// descend waits far down: 24 calls take about 2.5 kB of stack.
//
//go:noinline
func descend(stop <-chan struct{}, calls int) byte {
	var room [48]byte
	room[calls] = 1
	if calls > 0 {
		return descend(stop, calls-1) + room[calls]
	}
	<-stop
	return room[0]
}
