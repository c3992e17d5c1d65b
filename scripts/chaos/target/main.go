//go:build linux

// Command target is what scripts/chaos reads: 1,000 goroutines that end and are
// replaced all the time, collections that shrink their stacks and give memory
// back, and an end of its own choice.
//
//	target -fate exit|panic|fatal|exec [-exec "PROGRAM ARG..."]
//	target -still    none of it: one goroutine that waits
//
// It prints a line when its goroutines are there. A byte on its standard input
// is the moment: it meets its fate. At the end of the input it ends.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
)

func main() {
	fate := flag.String("fate", "exit", "how it ends")
	program := flag.String("exec", "", "what it runs then")
	still := flag.Bool("still", false, "do nothing")
	flag.Parse()
	var err error
	if *still {
		err = wait()
	} else {
		err = run(*fate, strings.Fields(*program))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "target:", err)
		os.Exit(1)
	}
}

func run(fate string, program []string) error {
	if len(program) > 0 {
		path, err := exec.LookPath(program[0])
		if err != nil {
			return err
		}
		program[0] = path
	}
	go collect()
	startNurseries()
	fmt.Println("ready")
	var b [1]byte
	if n, _ := os.Stdin.Read(b[:]); n == 0 {
		return nil // whoever started it has gone
	}
	switch fate {
	case "panic":
		panic("as told")
	case "fatal":
		new(sync.Mutex).Unlock() // the runtime ends the process
	case "exec":
		return syscall.Exec(program[0], program, os.Environ())
	}
	return nil
}

// wait is what the program does that has taken another's place.
func wait() error {
	held := make(chan bool)
	go heldStill(held)
	var b [1]byte
	_, err := os.Stdin.Read(b[:])
	if n := runtime.NumGoroutine(); n < 1 {
		return fmt.Errorf("%d goroutines", n)
	}
	return err
}

func heldStill(held <-chan bool) { <-held }
