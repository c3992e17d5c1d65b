// Package exchange settles trades.
package exchange

import (
	"sync"
	"time"

	"logcap.test/programs/leaky/lock-order/book"
)

// Trade moves one piece from seller to buyer.
type Trade struct {
	Buyer, Seller *book.Book
	Paper         string
	// Check is how long the buyer's limit takes to be looked up.
	Check time.Duration
}

// Exchange settles pairs of trades at a time.
type Exchange struct {
	trades sync.WaitGroup
}

// lock takes both books and returns what gives them back.
func (t Trade) lock() (unlock func()) {
	first, second := t.Buyer, t.Seller
	first.Lock()
	time.Sleep(t.Check)
	second.Lock() // cause:func cause:method cause:wg
	return func() {
		second.Unlock()
		first.Unlock()
	}
}

func (ex *Exchange) settle(t Trade) {
	unlock := t.lock()
	defer unlock()
	t.Buyer.Move(t.Paper, 1)
	t.Seller.Move(t.Paper, -1)
}

// SettleInline settles two trades that came in together.
func (ex *Exchange) SettleInline(t, u Trade) {
	go func() { // leak:func
		ex.settle(t)
	}()
	go func() { // leak:func
		ex.settle(u)
	}()
}

// SettleMethod does the same.
func (ex *Exchange) SettleMethod(t, u Trade) {
	go ex.settle(t) // leak:method
	go ex.settle(u) // leak:method
}

// SettleGroup does the same.
func (ex *Exchange) SettleGroup(t, u Trade) {
	ex.trades.Go(func() { ex.settle(t) }) // leak:wg
	ex.trades.Go(func() { ex.settle(u) }) // leak:wg
}
