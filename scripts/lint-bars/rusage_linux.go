package main

import (
	"fmt"
	"os"
	"syscall"
)

// peak is the most memory that a process had, as the system counts it.
func peak(p *os.ProcessState) string {
	usage, ok := p.SysUsage().(*syscall.Rusage)
	if !ok {
		return "memory is not known"
	}
	return fmt.Sprintf("%d MB at most", usage.Maxrss>>10)
}
