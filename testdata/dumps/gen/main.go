// Command dumps parks goroutines in every way a Go program can and writes what
// the runtime says about them: proto, debug=1 and debug=2 into the folder given,
// and a crash dump on standard error, by SIGQUIT to itself. Generate runs it
// under each Go release; the files beside are what the parsers are tested with.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"syscall"
	"time"
)

// settle is how long the goroutines get to park.
const settle = 400 * time.Millisecond

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: dumps DIR")
		os.Exit(2)
	}
	start()
	time.Sleep(settle)
	runtime.GC()
	for _, profile := range []string{"goroutine", "goroutineleak"} {
		for debug, name := range []string{"pb.gz", "debug1.txt", "debug2.txt"} {
			if err := write(filepath.Join(os.Args[1], profile+"."+name), profile, debug); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGQUIT); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	select {}
}

// write stores a profile; one that this Go does not have is left out.
func write(path, profile string, debug int) error {
	p := pprof.Lookup(profile)
	if p == nil {
		return nil
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := p.WriteTo(f, debug); err != nil {
		return err
	}
	return f.Close()
}

// start begins every kind of goroutine.
func start() {
	channels()
	locks()
	waits()
	shapes()
	launched()
	labelled()
	released()
}
