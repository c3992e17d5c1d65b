// Package teller books what customers want.
package teller

import (
	"sync"
	"sync/atomic"

	"logcap.test/programs/leaky/missing-unlock/account"
)

// Branch is where tellers work.
type Branch struct {
	transfers sync.WaitGroup
	booked    atomic.Int64
}

// Refund pays amount back at the counter.
func (b *Branch) Refund(a *account.Account, amount int) {
	go func() { // leak:func
		a.Deposit(amount)
		b.booked.Add(1)
	}()
}

// letter is a refund on its way.
type letter struct {
	to     *account.Account
	amount int
	branch *Branch
}

func (l letter) deliver() {
	if l.to.Credit(l.amount) >= 0 {
		l.branch.booked.Add(1)
	}
}

// RefundByPost pays amount back some days later.
func (b *Branch) RefundByPost(a *account.Account, amount int) {
	l := letter{a, amount, b}
	go l.deliver() // leak:method
}

// RefundByWire pays amount back by wire.
func (b *Branch) RefundByWire(a *account.Account, amount int) {
	b.transfers.Go(letter{a, amount, b}.deliver) // leak:wg
}
