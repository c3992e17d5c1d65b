package registry

import (
	"errors"
	"time"
)

var errFull = errors.New("no space left for the log")

// log keeps the last elections.
type log struct {
	full  time.Time
	terms [16]string
}

func (l *log) append(term int, leader string) error {
	if time.Now().After(l.full) {
		return errFull
	}
	l.terms[term%len(l.terms)] = leader
	return nil
}
