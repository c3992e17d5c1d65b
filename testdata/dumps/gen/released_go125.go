//go:build go1.25

package main

import "sync"

func released() {
	pulled()
	var wg sync.WaitGroup
	wg.Go(func() { <-make(chan int) })
	wg.Go((&worker{make(chan int)}).run)
	go wg.Wait()
}
