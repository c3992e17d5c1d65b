// Package notice is where the parts of the collector say what a person should
// know: a file that cannot be read, a sink that is down, a disk that is full.
// A problem is told once when it begins and once when it ends, however often
// the part runs into it; /health lists those that are open.
//
// It writes nothing: who made the board decides what a change becomes.
package notice

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"
)

// Problem is something that keeps a part from doing all of its work.
type Problem struct {
	Subject string // what has it, one word for one thing: "sink http://…", "file /var/log/x"
	Text    string // one lower-case line, what was being done and what came of it
	Hint    string // the next step; "" when there is none

	Since time.Time // when subject began to have it, whatever its text was then; only Open tells
}

// Change is a problem that begins, or that has ended.
type Change struct {
	Problem
	Ended bool
}

// opened is a problem and when its subject began to have one.
type opened struct {
	Problem
	since time.Time
}

// Board holds the open problems, one a subject. A nil Board takes everything and tells nobody.
type Board struct {
	tell func(Change)

	mu   sync.Mutex
	open map[string]opened
}

// New is a board that calls tell at each change, one call at a time. tell must not call the board.
func New(tell func(Change)) *Board { return &Board{tell: tell, open: map[string]opened{}} }

// Raise says that subject has a problem. It is told when it is new for the
// subject or has another text. An error with a Hint() string, in err or wrapped by it, brings its hint.
func (b *Board) Raise(subject string, err error) {
	if b == nil {
		return
	}
	p := problemOf(subject, err)
	b.mu.Lock()
	defer b.mu.Unlock()
	was, open := b.open[subject]
	if open && was.Problem == p {
		return
	}
	if !open {
		was.since = time.Now()
	}
	b.open[subject] = opened{p, was.since}
	b.tell(Change{Problem: p})
}

// Tell says what has happened to subject and is over: it is told, and not a problem that is open.
func (b *Board) Tell(subject string, err error) {
	if b == nil {
		return
	}
	p := problemOf(subject, err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tell(Change{Problem: p})
}

func problemOf(subject string, err error) Problem {
	p := Problem{Subject: subject, Text: err.Error()}
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		p.Hint = hinted.Hint()
	}
	return p
}

// Clear says that subject has no problem any more. Telling it again does nothing.
func (b *Board) Clear(subject string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.open[subject]; ok {
		delete(b.open, subject)
		b.tell(Change{p.Problem, true})
	}
}

// Forget says that there is no subject any more: its problem ends, and nobody is told that it is well.
func (b *Board) Forget(subject string) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, subject)
}

// Open are the problems of now, sorted by subject.
func (b *Board) Open() []Problem {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Problem, 0, len(b.open))
	for _, p := range b.open {
		p.Since = p.since
		all = append(all, p.Problem)
	}
	slices.SortFunc(all, func(a, b Problem) int { return strings.Compare(a.Subject, b.Subject) })
	return all
}
