//go:build !linux

package process

import (
	"context"
	"debug/buildinfo"
	"os"
	"runtime"
)

// Process is for Linux: other systems have no /proc.
type Process struct{}

// Open returns an error that wraps ErrUnsupported.
func Open(pid int) (*Process, error) { return nil, unsupported(pid) }

func unsupported(pid int) error {
	return fail(pid, "watch it through its pprof endpoint, HOST:PORT", "%w, and this is %s", ErrUnsupported, runtime.GOOS)
}

// PID is 0: there is no Process here.
func (*Process) PID() int { return 0 }

// Close does nothing.
func (*Process) Close() error { return nil }

// Alive returns an error that wraps ErrUnsupported.
func (*Process) Alive() error { return unsupported(0) }

// Info returns an error that wraps ErrUnsupported.
func (*Process) Info() (Info, error) { return Info{}, unsupported(0) }

// CheckAccess returns an error that wraps ErrUnsupported.
func (*Process) CheckAccess() error { return unsupported(0) }

// OpenExecutable returns an error that wraps ErrUnsupported.
func (*Process) OpenExecutable() (*os.File, error) { return nil, unsupported(0) }

// Descriptors returns an error that wraps ErrUnsupported.
func (*Process) Descriptors(context.Context) ([]Descriptor, []string, error) {
	return nil, nil, unsupported(0)
}

// Usage returns an error that wraps ErrUnsupported.
func (*Process) Usage(context.Context) (Usage, error) { return Usage{}, unsupported(0) }

// BuildInfo returns an error that wraps ErrUnsupported.
func (*Process) BuildInfo() (*buildinfo.BuildInfo, error) { return nil, unsupported(0) }
