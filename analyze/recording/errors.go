package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// What can be wrong with a folder as a whole. Everything smaller is a warning
// in the Recording, and the rest of it stands.
var (
	ErrExists       = errors.New("a recording is already there")
	ErrNotEmpty     = errors.New("the folder holds something else")
	ErrNotRecording = errors.New("not a recording")
	ErrNewer        = errors.New("written by a newer version")
	ErrFull         = errors.New("no space left")
	ErrGone         = errors.New("not kept")
	ErrDamaged      = errors.New("damaged")
)

// Error is what was being done, to what, and why it did not work.
type Error struct {
	Op   string // "create recording"
	Path string // folder or file
	Err  error
	hint string
}

// Error is one line: what was being done, to what, and why it failed.
func (e *Error) Error() string { return fmt.Sprintf("%s %q: %v", e.Op, e.Path, e.Err) }

// Unwrap gives the cause, one of this package's Err values among them.
func (e *Error) Unwrap() error { return e.Err }

// Hint is the user's next step; "" when there is none.
func (e *Error) Hint() string { return e.hint }

// storeError is for a write that failed: it tells a full disk from the rest,
// because that one passes and the watch goes on meanwhile.
func storeError(op, path string, err error) error {
	var named *fs.PathError
	if errors.As(err, &named) {
		err = named.Err // path says it already
	}
	if !diskFull(err) {
		return &Error{Op: op, Path: path, Err: err}
	}
	return &Error{Op: op, Path: path, Err: errFull{err},
		hint: "free space on that disk or record elsewhere with --record DIR; what is recorded so far stays readable"}
}

// errFull is ErrFull in the system's words.
type errFull struct{ err error }

func (e errFull) Error() string        { return e.err.Error() }
func (e errFull) Unwrap() error        { return e.err }
func (e errFull) Is(target error) bool { return target == ErrFull }

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || isPlatformDiskFull(err)
}
