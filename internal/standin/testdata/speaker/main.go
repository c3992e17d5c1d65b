// Command speaker runs in a container beside the stand-in, and writes what the test of the stand-in writes.
package main

import (
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	long := strings.Repeat("0123456789", 4000)
	for _, w := range []struct {
		f    *os.File
		text string
	}{
		{os.Stdout, "one\n"}, {os.Stderr, "wrong\n"}, {os.Stdout, "\n"}, {os.Stdout, "a\nb\r\n"},
		{os.Stdout, long[:30_000]}, {os.Stderr, "between\n"}, {os.Stdout, long[:10_000] + "\n"},
		{os.Stdout, long[:16<<10] + "\n"}, {os.Stdout, long[:16<<10-1] + "\n"}, {os.Stdout, "without an end"},
	} {
		_, _ = w.f.WriteString(w.text)
		time.Sleep(50 * time.Millisecond)
	}
	<-end
}
