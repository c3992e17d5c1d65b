package deliver

import "fmt"

// breaker is open while a sink has failed so often that it is only probed: with
// one batch after each wait, instead of as much as a Write may hold. It is Run's alone.
type breaker struct {
	after    int // failures in a row
	failures int
}

// breakAfter is how many failures in a row open it, unless the configuration says otherwise.
const breakAfter = 5

// fail counts a failure.
func (b *breaker) fail() { b.failures++ }

// answer closes it: the destination is there, whatever it said.
func (b *breaker) answer() { b.failures = 0 }

// open says that the sink is only probed.
func (b *breaker) open() bool { return b.failures >= b.after }

// broken is the error of a sink whose breaker is open. Its text is the same for the same error, so that it is told once.
type broken struct {
	err   error
	after int
}

func (e *broken) Error() string {
	return fmt.Sprintf("%v (%d writes in a row have failed: the breaker is open, and one batch at a time is tried)", e.err, e.after)
}
func (e *broken) Unwrap() error { return e.err }
