// Package book keeps positions.
package book

import "sync"

// Book is one trader's positions. Whoever reads or changes them holds its lock.
type Book struct {
	sync.Mutex
	Trader    int
	Positions map[string]int
}

// Of opens the book of a trader.
func Of(trader int) *Book {
	return &Book{Trader: trader, Positions: map[string]int{}}
}

// Move adds pieces to a position.
func (b *Book) Move(paper string, pieces int) { b.Positions[paper] += pieces }
