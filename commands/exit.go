package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Exit codes, all of them. See `logcap help exit-codes`.
const (
	exitDone        = 0   // the work was done
	exitFailed      = 1   // it could not be done, or with --fail-on nothing could be said
	exitUsage       = 2   // the command line or the configuration is wrong
	exitFindings    = 3   // findings at or above --fail-on
	exitInterrupted = 130 // interrupted before any verdict
)

// errVerdict says that the result was written, and that the exit code tells what it holds.
type errVerdict struct {
	code int
	text string
	hint string
}

func (e errVerdict) Error() string { return e.text }
func (e errVerdict) Hint() string  { return e.hint }

// findings are those at or above --fail-on.
func findings(target string, n int, level string) error {
	return errVerdict{exitFindings, fmt.Sprintf("judge %s: %s at or above %s", target, count(n, "finding"), level), ""}
}

// inconclusive is for a target that --fail-on must not pass.
func inconclusive(target string) error {
	return errVerdict{exitFailed, fmt.Sprintf("judge %s: inconclusive, and --fail-on passes only what was seen", target),
		"watch longer (--duration) or more often (--interval); the report says what was missing"}
}

// errInterrupted says that a signal came before anything could be judged.
var errInterrupted = errors.New("interrupted before any verdict")

// errUsage is a mistake in the command line or the environment.
type errUsage struct {
	err  error
	hint string
}

func (e errUsage) Error() string { return e.err.Error() }
func (e errUsage) Unwrap() error { return e.err }
func (e errUsage) Hint() string  { return e.hint }

// usagef is a usage error; hint is the next step, or empty.
func usagef(hint, format string, args ...any) error {
	return errUsage{fmt.Errorf(format, args...), hint}
}

// exitCode is the number the process ends with. Of several errors findings
// win, then usage, then an interrupt, then failure: a leak that was found
// outranks a target that could not be reached.
func exitCode(err error) int {
	codes := exitCodes(err)
	for _, code := range []int{exitFindings, exitUsage, exitInterrupted, exitFailed} {
		if slices.Contains(codes, code) {
			return code
		}
	}
	return exitDone
}

// exitCodes are those of all errors that were joined.
func exitCodes(err error) []int {
	var verdict errVerdict
	var usage errUsage
	many, joined := err.(interface{ Unwrap() []error })
	switch {
	case err == nil:
		return nil
	case joined:
		var codes []int
		for _, e := range many.Unwrap() {
			codes = append(codes, exitCodes(e)...)
		}
		return codes
	case errors.As(err, &verdict):
		return []int{verdict.code}
	case errors.As(err, &usage):
		return []int{exitUsage}
	case errors.Is(err, errInterrupted), errors.Is(err, context.Canceled):
		return []int{exitInterrupted}
	}
	return []int{exitFailed}
}

// printError writes err and its hint, each on one line; joined errors one after the other.
func printError(w io.Writer, err error) {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range many.Unwrap() {
			printError(w, e)
		}
		return
	}
	fmt.Fprintf(w, "logcap: %s\n", printable(err.Error(), false))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(w, "hint: %s\n", strings.ReplaceAll(printable(hint, true), "\n", "\n  "))
	}
}

// printable keeps a target's words from moving the cursor of a terminal or
// from looking like a line of logcap's own. A hint may have lines.
func printable(s string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && lines, r == '\t' && lines:
			return r
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
