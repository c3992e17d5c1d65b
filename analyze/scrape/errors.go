package scrape

import "fmt"

// Error is a failed question to a target, or an address or option that cannot
// be used. Its text is one line: what was being done, to what, and why not.
type Error struct {
	text string
	hint string
	err  error
	// absent: the target has no such profile and will not get one while it runs.
	absent bool
	// busy: the target refuses now and may not later.
	busy bool
	// final: the target will never answer again.
	final bool
}

func (e *Error) Error() string { return e.text }

// Unwrap gives the cause, so that errors.Is sees through.
func (e *Error) Unwrap() error { return e.err }

// Hint is the next step for the user; "" when there is none to give.
func (e *Error) Hint() string { return e.hint }

// Absent says that the target does not offer what was asked for (404): asking
// again is useless.
func (e *Error) Absent() bool { return e.absent }

// Final says that the target will never answer again: its process has ended.
func (e *Error) Final() bool { return e.final }

// Failure is for those who ask targets in another way than over HTTP: err's
// text becomes one line.
func Failure(hint string, err error) *Error { return fail(hint, "%w", err) }

// AbsentFailure is a Failure after which asking again for the same kind is useless.
func AbsentFailure(err error) *Error {
	e := fail("", "%w", err)
	e.absent = true
	return e
}

// FinalFailure is a Failure after which asking again for anything is useless.
func FinalFailure(hint string, err error) *Error {
	e := fail(hint, "%w", err)
	e.final = true
	return e
}

func fail(hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{text: oneLine(err.Error()), hint: hint, err: err}
}

// The hints that more than one failure gives.
const (
	// HintEndpoint is how a Go program gets the endpoint that is missing.
	HintEndpoint = "add these two lines to the target's main, and build it again:\n" +
		"    import _ \"net/http/pprof\"\n" +
		"    go http.ListenAndServe(\"localhost:6060\", nil)"
	hintTargets = "a target is host:port, an http or https URL, unix:/path.sock, pid:N, docker:NAME or @targets.json (see logcap help targets)"
	hintAuth    = "give credentials in a file: --bearer-file or --basic-file (user:password), or --cert and --key for a client certificate"
	hintCut     = "a proxy or the target's http.Server.WriteTimeout may end long answers; raise it, or ask the target directly"
	hintTooLong = "no goroutine profile is that long: is it really net/http/pprof that answers there?"
	hintTLS     = "name the authority that signed the target's certificate with --ca"
)

// oneLine makes text that may come from a target fit for one line of output:
// control bytes become spaces, and it is cut at 300 bytes.
func oneLine(s string) string {
	const most = 300
	out := make([]rune, 0, min(len(s), most))
	for i, r := range s {
		if i >= most {
			out = append(out, '…')
			break
		}
		if unprintable(r) {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}

// unprintable covers C0, DEL, C1 and the characters that reorder or hide text on a terminal.
func unprintable(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0:
		return true
	case r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff:
		return true
	}
	return false
}
