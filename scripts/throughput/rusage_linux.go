package main

import (
	"os"
	"syscall"
)

// peakRSS is the most memory that an ended process had, in bytes (getrusage(2) tells KiB).
func peakRSS(s *os.ProcessState) int64 { return s.SysUsage().(*syscall.Rusage).Maxrss << 10 }
