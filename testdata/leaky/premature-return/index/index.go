// Package index looks documents up.
package index

import "time"

// Index is a set of documents.
type Index struct{ name string }

// Open returns the index of that name.
func Open(name string) *Index { return &Index{name: name} }

// Lookup returns the document that fits terms best. A deeper search takes longer.
func (ix *Index) Lookup(terms string, depth time.Duration) string {
	time.Sleep(depth)
	return ix.name + "/" + terms
}

// Query is a lookup whose document arrives on Hit.
type Query struct {
	Hit   chan string
	index *Index
	terms string
	depth time.Duration
}

// Query prepares a lookup. Somebody has to call Run.
func (ix *Index) Query(terms string, depth time.Duration) *Query {
	return &Query{Hit: make(chan string), index: ix, terms: terms, depth: depth}
}

// Run looks the document up and hands it over.
func (q *Query) Run() {
	q.Hit <- q.index.Lookup(q.terms, q.depth)
}
