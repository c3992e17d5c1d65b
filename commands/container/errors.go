package container

import "fmt"

// Error is why a container cannot be watched, in one line, with what can be done.
type Error struct {
	err  error
	hint string
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// Hint is the next step; "" when there is none to give.
func (e *Error) Hint() string { return e.hint }

func fail(hint, format string, args ...any) *Error {
	return &Error{fmt.Errorf(format, args...), hint}
}
