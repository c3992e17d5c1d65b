//go:build go1.23

package main

import "iter"

// pulled leaves a coroutine suspended in its sequence and another blocked in it.
func pulled() {
	next, _ := iter.Pull(func(yield func(int) bool) {
		yield(1)
		yield(2)
	})
	next()
	go func() {
		next, _ := iter.Pull(func(yield func(int) bool) { <-make(chan int) })
		next()
	}()
}
