//go:build go1.25

package main

import "runtime"

// startLater has what came after Go 1.22.
func startLater(t *things) {
	t.wg.Go(func() { <-t.never })
	runtime.AddCleanup(new([64]byte), func(c chan int) { <-c }, t.never)
}
