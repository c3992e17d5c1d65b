package main

import (
	"runtime"
	"time"
)

// churn keeps 1,000 goroutines of four kinds that live for milliseconds. Each
// kind is told by its creator, its entry and what it can wait for.
func churn() {
	for i := 0; i < 250; i++ {
		go churnSleep(i)
		go churnSend(i)
		go churnSelect(i)
		go churnYield(i)
	}
}

func pause(i int) time.Duration { return time.Duration(1+i%7) * time.Millisecond }

func churnSleep(i int) {
	for {
		done := make(chan struct{})
		go func() {
			time.Sleep(pause(i))
			close(done)
		}()
		<-done
	}
}

func churnSend(i int) {
	for {
		c := make(chan int)
		go sendOne(c)
		time.Sleep(pause(i))
		<-c
	}
}

//go:noinline
func sendOne(c chan int) { c <- 1 }

func churnSelect(i int) {
	for {
		c, d := make(chan int), make(chan int)
		go chooseOne(c, d)
		time.Sleep(pause(i))
		c <- 1
	}
}

//go:noinline
func chooseOne(c, d chan int) {
	select {
	case <-c:
	case <-d:
	}
}

func churnYield(i int) {
	for {
		done := make(chan int)
		go yieldOften(done)
		<-done
		time.Sleep(pause(i))
	}
}

//go:noinline
func yieldOften(done chan int) {
	for i := 0; i < 20; i++ {
		runtime.Gosched()
	}
	close(done)
}
