// Command missing-unlock moves money. A refused withdrawal returns without unlocking the account; the deposit that follows waits for
// the lock for ever.
//
// The stuck variant books everything on one account, and the first refusal stops all tellers.
package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

var errFunds = errors.New("insufficient funds")

type bank struct {
	bookings sync.WaitGroup
}

// account is one customer's money.
type account struct {
	mu      sync.Mutex
	balance int
}

func run(ctx context.Context, s *service.Service) error {
	b := &bank{}
	if s.Variant == "stuck" {
		begin := time.Now()
		start := service.Pick(s.Style, b.tellersInline, b.tellersMethod, b.tellersGroup)
		start(&account{balance: 1000}, 3+s.Rand.IntN(4), func() int {
			if time.Since(begin) > s.StuckAfter {
				return 5000
			}
			return 1
		})
		<-ctx.Done()
		return ctx.Err()
	}
	deposit := service.Pick(s.Style, b.depositInline, b.depositMethod, b.depositGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		requests.Go(func() {
			a, amount := &account{balance: 100}, 10
			if r.Leaks {
				amount = 1000
			}
			time.Sleep(r.Work)
			a.withdraw(amount)
			deposit(a, amount)
		})
	})
}

func (a *account) withdraw(amount int) error {
	a.mu.Lock()
	if a.balance < amount {
		return errFunds
	}
	a.balance -= amount
	a.mu.Unlock()
	return nil
}

func (a *account) deposit(amount int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.balance += amount
}

func (b *bank) depositInline(a *account, amount int) {
	go func() { // leak:func
		a.mu.Lock()
		a.balance += amount
		a.mu.Unlock()
	}()
}

func (b *bank) depositMethod(a *account, amount int) {
	go a.deposit(amount) // leak:method
}

func (b *bank) depositGroup(a *account, amount int) {
	b.bookings.Go(func() { // leak:wg
		a.deposit(amount)
	})
}

// book withdraws and deposits by turns, for ever.
func (a *account) book(next func() int) {
	for {
		amount := next()
		time.Sleep(20 * time.Millisecond)
		if a.withdraw(amount) == nil {
			a.deposit(amount)
		}
	}
}

func (b *bank) tellersInline(a *account, tellers int, next func() int) {
	for range tellers {
		go func() { // leak:stuck-func
			for {
				amount := next()
				time.Sleep(20 * time.Millisecond)
				if a.withdraw(amount) == nil {
					a.deposit(amount)
				}
			}
		}()
	}
}

func (b *bank) tellersMethod(a *account, tellers int, next func() int) {
	for range tellers {
		go a.book(next) // leak:stuck-method
	}
}

func (b *bank) tellersGroup(a *account, tellers int, next func() int) {
	for range tellers {
		b.bookings.Go(func() { // leak:stuck-wg
			a.book(next)
		})
	}
}
