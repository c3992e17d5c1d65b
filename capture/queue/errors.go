package queue

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// openError is why a queue cannot be used, with the next step.
type openError struct {
	dir string
	err error
}

func opening(dir string, err error) error {
	var f *foreign
	if errors.As(err, &f) {
		return err
	}
	return &openError{dir, err}
}

func (e *openError) Error() string {
	var path *fs.PathError
	if !errors.As(e.err, &path) {
		return fmt.Sprintf("open queue %q: %v", e.dir, e.err)
	}
	// A probe's or a temporary name says nothing to anybody.
	if filepath.Clean(path.Path) == filepath.Clean(e.dir) || strings.Contains(filepath.Base(path.Path), ".probe-") {
		return fmt.Sprintf("open queue %q: %v", e.dir, path.Err)
	}
	return fmt.Sprintf("open queue %q: %s: %v", e.dir, filepath.Base(path.Path), path.Err)
}

func (e *openError) Unwrap() error { return e.err }

// Hint is the next step.
func (e *openError) Hint() string {
	info, err := os.Stat(e.dir)
	switch {
	case err == nil && !info.IsDir():
		return "there is a file where the queue's directory has to be: move it away"
	case errors.Is(e.err, syscall.EROFS):
		return "name a directory that can be written to with --state"
	case errors.Is(e.err, syscall.ENOSPC):
		return "make room on that disk, or name another with --state"
	}
	return "give it to the user of logcap, or name another one with --state"
}

// foreign is a file with a segment's name that logcap has not written, or not this logcap.
type foreign struct {
	path string
	err  error
}

func (e *foreign) Error() string { return fmt.Sprintf("open queue: %q: %v", e.path, e.err) }
func (e *foreign) Unwrap() error { return e.err }

// Hint is the next step.
func (e *foreign) Hint() string { return "move it away: what is in it cannot be delivered" }

// unfinished tells of bytes at the end of a queue that are cut off; nil when there are none.
func unfinished(path string, keep, size int64) error {
	if size <= max(keep, startBytes) {
		return nil
	}
	return fmt.Errorf("open queue: %q ended within an entry, as when the power is cut: %d bytes cut off", path, size-max(keep, startBytes))
}
