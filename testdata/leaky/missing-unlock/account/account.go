// Package account holds customers' money.
package account

import (
	"errors"

	"logcap.test/programs/leaky/missing-unlock/guard"
)

// ErrFunds says that there is not enough money.
var ErrFunds = errors.New("insufficient funds")

// book is what is written of an account.
type book struct {
	balance int
	entries []int
}

func (b *book) add(amount int) {
	b.balance += amount
	b.entries = append(b.entries, amount)
	if len(b.entries) > 100 {
		b.entries = b.entries[50:]
	}
}

// Account is one customer's money.
type Account struct {
	Name string
	book *guard.Value[book]
}

// Open returns an account with some money in it.
func Open(name string, balance int) *Account {
	return &Account{Name: name, book: guard.New(book{balance: balance})}
}

// Withdraw takes amount out, if that much is there.
func (a *Account) Withdraw(amount int) error {
	b := a.book.Acquire() // cause
	if b.balance < amount {
		return ErrFunds // cause
	}
	b.add(-amount)
	a.book.Release()
	return nil
}

// Deposit puts amount in.
func (a *Account) Deposit(amount int) {
	a.book.With(func(b *book) { b.add(amount) })
}

// Credit puts amount in and returns the balance.
func (a *Account) Credit(amount int) int {
	b := a.book.Acquire()
	defer a.book.Release()
	b.add(amount)
	return b.balance
}
