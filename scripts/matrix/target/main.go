// Command matrixtarget has goroutines in every state there is, and describes
// itself: scripts/matrix reads its memory and compares. It is a module of its
// own so that Go 1.22 can build it.
//
// Commands come on standard input, one a line; the answer is its length, a
// newline, and so many bytes. "dump" is all goroutines as debug=2; "proto" the
// goroutine profile; "freeze" is a dump, after which the process stops itself
// in the same instant, and is answered when it is continued; "abort" is a dump,
// in the instant of which the process ends with a core; "procs N" sets
// GOMAXPROCS. With the argument "churn" it has goroutines that come and go.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

func main() {
	debug.SetGCPercent(-1) // goroutines would wait for the collector, each where it happens to be
	var still *things
	if len(os.Args) > 1 && os.Args[1] == "churn" {
		churn()
	} else {
		still = quiet()
	}
	time.Sleep(300 * time.Millisecond)
	if still != nil {
		runtime.GC()
		// With one processor nothing runs but the goroutine that answers, and in turn the one that computes.
		runtime.GOMAXPROCS(1)
		go still.spin()
	}
	ended := make(chan struct{})
	go serve(ended)
	<-ended
	os.Exit(0) // returning would wait for the goroutines that panic
}

func serve(ended chan<- struct{}) {
	defer close(ended)
	in := bufio.NewScanner(os.Stdin)
	fmt.Println("ready")
	for in.Scan() {
		reply(answer(in.Text()))
	}
}

func reply(text []byte) {
	fmt.Println(len(text))
	os.Stdout.Write(text)
}

func answer(command string) []byte {
	word, rest, _ := strings.Cut(command, " ")
	switch word {
	case "dump":
		return dump()
	case "abort":
		abort()
	case "freeze":
		return freeze()
	case "proto":
		var b bytes.Buffer
		if err := pprof.Lookup("goroutine").WriteTo(&b, 0); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return b.Bytes()
	case "procs":
		n := 0
		fmt.Sscan(rest, &n)
		runtime.GOMAXPROCS(n)
	}
	return nil
}

func dump() []byte {
	for size := 1 << 20; ; size *= 2 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size {
			return buf[:n]
		}
	}
}

// freeze starts a goroutine that does not come to run, and keeps the processor
// until the process has stopped: a raw system call gives it to nobody, and a
// thread that signals itself does not come back from it.
func freeze() []byte {
	n, buf := 0, make([]byte, 8<<20)
	pid := uintptr(syscall.Getpid())
	go unstarted()
	go unstartedCall(n)
	n = runtime.Stack(buf, true)
	thread, _, _ := syscall.RawSyscall(syscall.SYS_GETTID, 0, 0, 0)
	syscall.RawSyscall(syscall.SYS_TGKILL, pid, thread, uintptr(syscall.SIGSTOP))
	return buf[:n]
}

func unstarted() {}

//go:noinline
func unstartedCall(n int) {}
