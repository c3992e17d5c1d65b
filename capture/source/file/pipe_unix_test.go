//go:build unix

package file_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// A pipe is not opened: that could wait for its writer for ever.
func TestEndsDespitePipes(t *testing.T) {
	for _, start := range []source.Start{{}, fromStart, {Mode: source.FromTail, Lines: 3}} {
		b := newBench(t)
		b.check(syscall.Mkfifo(b.path("p"), 0o644))
		b.append("a.log", "")
		b.run(file.Options{Patterns: []string{"p", "a.log"}, Follow: true, Start: start, Rescan: 20 * time.Millisecond})
		b.append("a.log", "1\n")
		b.wait("a.log: 1")
		time.Sleep(100 * time.Millisecond)
		b.end()
		if b.tell() != "read DIR/p: it is a pipe and not a file" {
			t.Errorf("told: %s", b.tell())
		}
	}
}
