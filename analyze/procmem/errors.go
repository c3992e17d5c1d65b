package procmem

import "fmt"

// Error is why a process cannot be read, in one line, with what can be done.
type Error struct {
	err  error
	hint string
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.err }

// Hint says what can be done about it; "" when nothing.
func (e *Error) Hint() string { return e.hint }

func fail(hint, format string, args ...any) *Error {
	return &Error{err: fmt.Errorf(format, args...), hint: hint}
}

func notELF(err error) *Error {
	return fail(hintNotGo, "its executable is not an ELF file: %w", err)
}

const (
	hintNotGo   = "only Go programs have goroutines; the pid of a wrapper script is not that of the program it starts"
	hintVersion = "Go 1.22 to 1.27 are known; others are read when their binary has debugging information (built without -w) or the layout of a known version fits"
	hintArch    = "watch it through its pprof endpoint, HOST:PORT"
)
