// Package config reads a YAML file by a list of the keys that may be in it. It
// says where every mistake is, what was probably meant, and of what is right
// where each value came from: a line of the file, a flag, a variable, a default.
//
// It is pure: the text, the environment and the flags are given to it. What the
// keys mean is for who gave the list.
package config

// Type is what a value is.
type Type uint8

// The types of values.
const (
	Text     Type = iota
	Bool          // true or false
	Number        // a whole number from 0 on
	Size          // of memory or of a file: 4096, 64KiB, 1MiB
	Duration      // 10s, 1h30m
	Texts         // a list; one text may stand for a list of it
	Pairs         // texts by name
	Sub           // a section with keys of its own
	Named         // sections by names that the file chooses
	Steps         // a list of sections
)

// Key is one key of a section.
type Key struct {
	Name     string
	Type     Type
	Default  string // of a Text, Bool, Number, Size or Duration; "" means that there is none
	Required bool
	Choices  []string                 // the values that a Text may have; nil: any
	Check    func(text string) error  // what else is wrong with a value, with one of Texts, or with a name of Named; a Hint() string in its error is told
	Mask     func(text string) string // what is shown of a value that may hold a secret; nil: all
	Flag     string                   // the flag that wins over the file
	Group    string                   // of the keys of one group at most one may be set
	Keys     []Key                    // of a section
	Kinds    []Kind                   // of Named and Steps whose sections differ by their type
}

// Kind is what a section is whose key "type" has this name. A section without
// the key is of the kind that it is named like.
type Kind struct {
	Name string
	Keys []Key
}

// typeKey says of which kind a section is.
const typeKey = "type"

// Reader reads files that hold Keys.
type Reader struct {
	Keys []Key

	// Lookup is the environment that ${NAME} is taken from.
	Lookup func(name string) (string, bool)

	// Given is the value of a flag that was given, and how it is called: --state or LOGCAP_STATE. nil: none was.
	Given func(flag string) (text, from string, ok bool)

	// Near is the known word that was meant by one that is not; "" when none is near. nil: nobody guesses.
	Near func(word string, known []string) string
}

func (r *Reader) near(word string, known []string) string {
	if r.Near == nil {
		return ""
	}
	return r.Near(word, known)
}

func (r *Reader) given(k *Key) (text, from string, ok bool) {
	if r.Given == nil || k.Flag == "" {
		return "", "", false
	}
	return r.Given(k.Flag)
}
