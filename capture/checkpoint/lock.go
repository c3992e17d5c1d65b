package checkpoint

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Lock says that this process uses a state directory. The system gives it up
// when the process ends, however it ends.
type Lock struct{ f *os.File }

// InUse is the error of Acquire when another process has the directory.
type InUse struct {
	Dir string
	PID int // 0 when it did not say
}

func (e *InUse) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("use state directory %q: another process uses it", e.Dir)
	}
	return fmt.Sprintf("use state directory %q: process %d uses it", e.Dir, e.PID)
}

// Hint is the next step.
func (e *InUse) Hint() string {
	return "a state directory belongs to one collector; give this one its own with --state"
}

// notMade is the error of a state directory that is not there and cannot be made.
type notMade struct {
	dir string
	err error
}

func (e *notMade) Error() string {
	return fmt.Sprintf("make state directory %q: %v", e.dir, cause(e.err))
}
func (e *notMade) Unwrap() error { return e.err }
func (e *notMade) Hint() string {
	if info, err := os.Stat(e.dir); err == nil && !info.IsDir() {
		return "--state names a directory, and this is a file"
	}
	return "name another one with --state, or make it and give it to the user of logcap"
}

// cause is an error without the path that its text begins with.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// errLocked is what the platform's lockFile says when somebody else has the lock.
var errLocked = errors.New("locked")

// Acquire makes dir when it is not there and takes its lock.
func Acquire(dir string) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, &notMade{dir, err}
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock state directory: %w", err)
	}
	if err := lockFile(f); err != nil {
		text, _ := io.ReadAll(io.LimitReader(f, 32))
		f.Close()
		if !errors.Is(err, errLocked) {
			return nil, fmt.Errorf("lock state directory %q: %w", dir, err)
		}
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
		return nil, &InUse{dir, pid}
	}
	// The lock holds without the pid too: a full disk must not keep logs from being collected.
	if f.Truncate(0) == nil {
		_, _ = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
	}
	return &Lock{f}, nil
}

// Release gives the lock up. The file stays: removing it would race with the next one.
func (l *Lock) Release() error { return l.f.Close() }
