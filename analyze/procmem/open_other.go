//go:build !linux

package procmem

import "runtime"

// OpenPID is for Linux: other systems let no process read another's memory
// without stopping it or being entitled to.
func OpenPID(pid int) (*Reader, error) {
	return nil, fail("watch it through its pprof endpoint, HOST:PORT; a core file of a Linux process can be read here too",
		"process %d: goroutines are read from a process's memory on Linux only, and this is %s", pid, runtime.GOOS)
}
