package process

import (
	"errors"
	"fmt"
)

// Why a process cannot be watched, or no longer.
var (
	ErrGone        = errors.New("it has ended")
	ErrZombie      = errors.New("it has ended and is a zombie")
	ErrReused      = errors.New("it has ended, and another process has its pid now")
	ErrReplaced    = errors.New("it runs another program now")
	ErrNoAccess    = errors.New("its memory may not be read")
	ErrUnsupported = errors.New("processes can be read on Linux only")
)

// Error is why a process cannot be read, in one line, with what can be done.
type Error struct {
	PID  int
	Err  error // wraps one of this package's Err values where one fits
	hint string
}

func (e *Error) Error() string { return fmt.Sprintf("process %d: %v", e.PID, e.Err) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint is the user's next step; "" when there is none.
func (e *Error) Hint() string { return e.hint }

func fail(pid int, hint, format string, args ...any) *Error {
	return &Error{PID: pid, Err: fmt.Errorf(format, args...), hint: hint}
}
