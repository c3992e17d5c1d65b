// Command missing-sender holds orders until they are approved. Nobody decides on a withdrawn order, and its goroutine receives the
// decision for ever.
package main

import (
	"context"
	"sync"

	"logcap.test/programs/leaky/missing-sender/desk"
	"logcap.test/programs/leaky/missing-sender/order"
	"logcap.test/programs/leaky/missing-sender/review"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	d := &desk.Desk{}
	board := review.NewBoard("the manager", "the owner")
	hold := service.Pick(s.Style, d.Hold, d.HoldFragile, d.HoldBulk)
	var reviews sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		o := order.New(r.ID, r.Work)
		hold(o)
		if r.Leaks {
			o.Withdraw()
		}
		reviews.Go(func() { board.Review(o) })
	})
}
