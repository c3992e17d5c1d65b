// Package retrieval fetches content that is paid for on the way.
package retrieval

import (
	"context"
	"errors"
	"fmt"

	"logcap.test/programs/unseen/double-send-voucher/events"
)

// Kind says what an event is about.
type Kind int

// The kinds of events.
const (
	Accepted Kind = iota
	Payment
	Complete
)

// Event is one step of a deal.
type Event struct {
	Kind Kind
	Owed int
}

// Voucher is a promise to pay.
type Voucher struct {
	Amount    int
	Shortfall int
}

// Wallet writes vouchers.
type Wallet interface {
	Voucher(ctx context.Context, amount int) (Voucher, error)
}

// Provider has the content. It takes vouchers and publishes events.
type Provider interface {
	Events() *events.Bus[Event]
	Propose() error
	Accept(v Voucher) error
}

// ErrFunds says that the wallet holds too little.
var ErrFunds = errors.New("not enough funds in the payment channel")

// Fetch takes the content from p and pays out of w.
func Fetch(ctx context.Context, p Provider, w Wallet) error {
	outcome := make(chan error)
	unsubscribe := p.Events().Subscribe(func(e Event) {
		switch e.Kind {
		case Payment:
			go pay(ctx, p, w, e.Owed, outcome) // leak:func
		case Complete:
			go func() { outcome <- nil }()
		}
	})
	defer unsubscribe()
	if err := p.Propose(); err != nil {
		return fmt.Errorf("propose the deal: %w", err)
	}
	return <-outcome
}

func pay(ctx context.Context, p Provider, w Wallet, owed int, outcome chan<- error) {
	v, err := w.Voucher(ctx, owed)
	if err != nil {
		outcome <- fmt.Errorf("write a voucher over %d: %w", owed, err) // cause
	}
	if v.Shortfall > 0 {
		outcome <- fmt.Errorf("%w: %d are missing", ErrFunds, v.Shortfall)
		return
	}
	if err := p.Accept(v); err != nil {
		outcome <- fmt.Errorf("send the voucher: %w", err)
		return
	}
}
