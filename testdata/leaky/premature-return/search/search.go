// Package search answers search requests from an index.
package search

import (
	"sync"
	"time"

	"logcap.test/programs/leaky/premature-return/index"
)

// Request is what a caller looks for.
type Request struct {
	Terms  string
	Caller string
	Depth  time.Duration
}

// Answer is the best document.
type Answer struct{ Document, Method string }

// Limits says whether a caller may search.
type Limits interface {
	Admit(caller string) error
}

// Engine searches one index.
type Engine struct {
	index  *index.Index
	limits Limits
	tasks  sync.WaitGroup
}

// New returns an engine over ix.
func New(ix *index.Index, limits Limits) *Engine { return &Engine{index: ix, limits: limits} }

// Find answers by terms alone.
func (e *Engine) Find(r Request) (Answer, error) {
	hit := make(chan string)
	go func() { // leak:func
		hit <- e.index.Lookup(r.Terms, r.Depth)
	}()
	if err := e.limits.Admit(r.Caller); err != nil {
		return Answer{}, err // cause:func
	}
	return Answer{Document: <-hit, Method: "terms"}, nil
}

// FindRanked answers by terms and rank.
func (e *Engine) FindRanked(r Request) (Answer, error) {
	q := e.index.Query(r.Terms, r.Depth)
	go q.Run() // leak:method
	a := Answer{Method: "rank"}
	if err := e.limits.Admit(r.Caller); err != nil {
		return a, err // cause:method
	}
	a.Document = <-q.Hit
	return a, nil
}

// FindSimilar answers with what resembles the terms.
func (e *Engine) FindSimilar(r Request) (a Answer, err error) {
	hit := index.Later(&e.tasks, func() string { return e.index.Lookup(r.Terms, r.Depth) })
	if err = e.limits.Admit(r.Caller); err != nil {
		return // cause:wg
	}
	return Answer{Document: <-hit, Method: "likeness"}, nil
}
