package teller

import (
	"time"

	"logcap.test/programs/leaky/missing-unlock/account"
)

// slip is how long a booking takes to write down.
const slip = 20 * time.Millisecond

// book takes out of a what next says and puts it back, all day long.
func (b *Branch) book(a *account.Account, next func() int) {
	for {
		amount := next()
		time.Sleep(slip)
		if a.Withdraw(amount) == nil {
			a.Deposit(amount)
			b.booked.Add(1)
		}
	}
}

// OpenWindow has tellers work at the windows.
func (b *Branch) OpenWindow(a *account.Account, tellers int, next func() int) {
	for range tellers {
		go func() { // leak:stuck-func
			for {
				time.Sleep(slip)
				amount := next()
				if err := a.Withdraw(amount); err != nil {
					continue
				}
				a.Credit(amount)
			}
		}()
	}
}

// OpenCounter has tellers work at the counter.
func (b *Branch) OpenCounter(a *account.Account, tellers int, next func() int) {
	for range tellers {
		go b.book(a, next) // leak:stuck-method
	}
}

// OpenOnline has tellers work from home.
func (b *Branch) OpenOnline(a *account.Account, tellers int, next func() int) {
	for range tellers {
		b.transfers.Go(func() { b.book(a, next) }) // leak:stuck-wg
	}
}
