// Package flags knows which features are on.
package flags

import "time"

// Flag is one feature. A flag with a parent is on only when that is.
type Flag struct {
	On     bool
	Parent string
}

// Pace is how long evaluating one flag takes, and how much later the flags are loaded again.
type Pace struct{ Each, Reload time.Duration }

// Set is flags that belong together.
type Set interface {
	// Evaluate counts the flags that are on.
	Evaluate() error
	// Reload waits for the next version of the flags and takes it.
	Reload() error
}

// shipped are the flags of this version. One of them has a parent.
func shipped() map[string]Flag {
	return map[string]Flag{"colour": {On: true, Parent: "theme"}}
}
