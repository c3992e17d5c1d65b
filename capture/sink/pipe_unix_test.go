//go:build unix

package sink_test

import (
	"os"
	"syscall"
	"testing"
)

// each runs test with a pipe whose writes can be given a deadline, and with one in blocking mode, as a shell's are.
func each(t *testing.T, test func(t *testing.T, r, w *os.File)) {
	t.Run("non-blocking", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		defer w.Close()
		test(t, r, w)
	})
	t.Run("blocking", func(t *testing.T) {
		var fds [2]int
		if err := syscall.Pipe(fds[:]); err != nil {
			t.Fatal(err)
		}
		r, w := os.NewFile(uintptr(fds[0]), "r"), os.NewFile(uintptr(fds[1]), "w")
		defer r.Close()
		defer w.Close()
		test(t, r, w)
	})
}
