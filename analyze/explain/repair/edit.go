// Package repair turns changes of a source tree into a unified diff that
// applies to it, and says whether the result compiles. Which change is right is
// decided elsewhere.
package repair

import "go/token"

// Edit replaces what stands from Pos to End (End is after the last byte; the
// same as Pos to insert) by New. Indentation and layout are gofmt's afterwards.
type Edit struct {
	Pos, End token.Pos
	New      string
}

// Import asks for an import in the file that holds At.
type Import struct {
	At   token.Pos
	Path string
}

// Fix is what ends a leak: a change, or steps that a person has to take.
type Fix struct {
	Title string // what is done, a sentence without its full stop
	Why   string // why it works, a sentence
	Edits []Edit // none: an honest diff is out of reach
	// Imports are added where they are missing.
	Imports []Import
	// Steps are what remains for a person, or all of it.
	Steps []string
}
