package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
)

// Place is where something is in the file, from 1 on; columns count characters.
// Its zero value is outside of the file.
type Place struct{ Line, Column int }

// Error is one mistake.
type Error struct {
	File string
	Place
	Text string
	hint string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.File, e.Text)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Text)
}

// Hint is the next step; "" when there is none.
func (e *Error) Hint() string { return e.hint }

// Errors are all mistakes of a file, in their order.
type Errors []*Error

func (e Errors) Error() string {
	if len(e) == 1 {
		return e[0].Error()
	}
	return fmt.Sprintf("%v (and %d more)", e[0], len(e)-1)
}

// Hint is that of the first one.
func (e Errors) Hint() string { return e[0].hint }

// Unwrap gives them one by one.
func (e Errors) Unwrap() []error {
	all := make([]error, len(e))
	for i, one := range e {
		all[i] = one
	}
	return all
}

// Join is the mistakes among errs as one error; nil when there are none. What is no Error gets no place.
func Join(file string, errs ...error) error {
	var all Errors
	for _, err := range errs {
		var many Errors
		var one *Error
		switch {
		case err == nil:
		case errors.As(err, &many):
			all = append(all, many...)
		case errors.As(err, &one):
			all = append(all, one)
		default:
			all = append(all, &Error{File: file, Text: err.Error(), hint: hintOf(err)})
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return all
}

// hintOf is the next step that err, or an error in it, knows; "" when none does.
func hintOf(err error) string {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return hinted.Hint()
	}
	return ""
}
