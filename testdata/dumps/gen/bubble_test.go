//go:build go1.25

// An old go directive means old timers, which a bubble refuses.
//go:debug asynctimerchan=0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
)

// TestBubble writes what a synctest bubble looks like into $DUMPS.
func TestBubble(t *testing.T) {
	dir := os.Getenv("DUMPS")
	if dir == "" {
		dir = t.TempDir()
	}
	synctest.Test(t, func(t *testing.T) {
		c, done := make(chan int), make(chan int)
		go func() { <-c }()
		go func() {
			select {
			case <-c:
			case <-done:
			}
		}()
		synctest.Wait()
		for debug, name := range []string{"pb.gz", "debug1.txt", "debug2.txt"} {
			if err := write(filepath.Join(dir, "bubble."+name), "goroutine", debug); err != nil {
				t.Error(err)
			}
		}
		close(c)
	})
}
