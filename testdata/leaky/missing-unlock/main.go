// Command missing-unlock moves money. A refused withdrawal returns without unlocking the account; the deposit that follows waits for
// the lock for ever.
//
// The stuck variant books everything on one account, and the first refusal stops all tellers.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/missing-unlock/account"
	"logcap.test/programs/leaky/missing-unlock/teller"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

func run(ctx context.Context, s *service.Service) error {
	b := &teller.Branch{}
	if s.Variant == "stuck" {
		begin := time.Now()
		open := service.Pick(s.Style, b.OpenWindow, b.OpenCounter, b.OpenOnline)
		open(account.Open("payroll", 1000), 3+s.Rand.IntN(4), func() int {
			if time.Since(begin) > s.StuckAfter {
				return 5000
			}
			return 1
		})
		<-ctx.Done()
		return ctx.Err()
	}
	refund := service.Pick(s.Style, b.Refund, b.RefundByPost, b.RefundByWire)
	var customers sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		a, amount := account.Open("savings", 100), 10
		if r.Leaks {
			amount = 1000
		}
		customers.Go(func() {
			time.Sleep(r.Work)
			a.Withdraw(amount)
			refund(a, amount/2)
		})
	})
}
