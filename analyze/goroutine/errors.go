package goroutine

import (
	"fmt"
	"strings"
)

// Problem says why an input is no snapshot.
type Problem string

// The problems of a FormatError.
const (
	Empty        Problem = "empty"
	NotAProfile  Problem = "not a profile"   // HTML, JSON, other text, unknown bytes
	OtherProfile Problem = "other profile"   // heap, cpu, mutex, ...
	Cut          Problem = "truncated"       // a compressed or binary profile that ends too early
	TooLarge     Problem = "too large"       // more than Options.MaxBytes when decompressed
	Damaged      Problem = "damaged profile" // a compressed stream or proto that is not well-formed
)

// FormatError is an input that no snapshot can be made of.
type FormatError struct {
	Problem Problem
	// What says what the input is, as "an HTML page" or "a heap profile".
	What string
	// Err is the error underneath; nil when there is none.
	Err  error
	hint string
}

func (e *FormatError) Error() string {
	msg := "read goroutine profile: " + e.What
	if e.Err != nil {
		msg += ": " + e.Err.Error()
	}
	return msg
}

// Unwrap gives the error underneath.
func (e *FormatError) Unwrap() error { return e.Err }

// Hint is the next step for the user; "" when there is none.
func (e *FormatError) Hint() string { return e.hint }

func errEmpty() error {
	return &FormatError{Problem: Empty, What: "the input is empty",
		hint: "check that the request or the copy finished; a profile is never empty"}
}

func errOther(kind string) error {
	return &FormatError{Problem: OtherProfile, What: "the input is " + article(kind) + ", not a goroutine profile",
		hint: "take /debug/pprof/goroutine of the same process"}
}

func errELF() error {
	return &FormatError{Problem: NotAProfile, What: "the input is an ELF file, a core or a program, and not a goroutine profile",
		hint: "a core is read in many places, so it is named as a file that is not compressed"}
}

func errCut(what string, err error) error {
	return &FormatError{Problem: Cut, What: what + " is cut off", Err: err,
		hint: "take it again; the download or the disk ended too early"}
}

func errTooLarge(limit int64) error {
	return &FormatError{Problem: TooLarge, What: "the input is larger than the limit of " + size(limit) + " when decompressed",
		hint: "a small input that grows this much is a compression bomb; a dump that is really so large can be cut between two goroutines"}
}

// size is a limit in the unit it was thought in.
func size(n int64) string {
	for _, u := range []struct {
		bytes int64
		name  string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= u.bytes && n%u.bytes == 0 {
			return fmt.Sprintf("%d %s", n/u.bytes, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// errNotAProfile says what the first bytes look like.
func errNotAProfile(head []byte) error {
	e := &FormatError{Problem: NotAProfile, hint: "a goroutine profile comes from /debug/pprof/goroutine (debug=0, 1 or 2) or from SIGQUIT"}
	text := strings.ToLower(strings.TrimSpace(string(head)))
	switch {
	case text == "":
		e.What = "the input holds only white space"
	case strings.HasPrefix(text, "<!doctype html"), strings.HasPrefix(text, "<html"), strings.HasPrefix(text, "<head"):
		e.What = "the input is an HTML page, not a profile"
		e.hint = "the address serves a web page: /debug/pprof/ itself is one, a login page another; ask for /debug/pprof/goroutine"
	case text[0] == '{' || text[0] == '[':
		e.What = "the input is JSON, not a profile"
	case isBinary(head):
		e.What = "the input is binary and not a profile"
	default:
		e.What = "the input holds no goroutine: it begins with " + printable(head, 60)
	}
	return e
}

func article(noun string) string {
	if noun != "" && strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// printable quotes the first max bytes of hostile text so that it can be shown
// on a terminal: control bytes escaped, on one line.
func printable(b []byte, max int) string {
	cut := len(b) > max
	if cut {
		b = b[:max]
	}
	s := fmt.Sprintf("%+q", b)
	if cut {
		s += "..."
	}
	return s
}
