//go:build go1.23

package main

import "iter"

// startCoroutines has one that waits to be asked on, and one that waits for it.
func startCoroutines(t *things) {
	next, _ := iter.Pull(func(yield func(int) bool) {
		yield(1)
		yield(2)
	})
	next()
	blocked, _ := iter.Pull(func(yield func(int) bool) { <-t.never })
	go blocked()
	go func() {
		<-t.never
		next()
	}()
}
