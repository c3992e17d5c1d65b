// Command lock-order settles trades between two books. A settlement locks the buyer first and then the seller, so two opposite
// trades wait for each other.
//
// The stuck variant has one ledger and one index: posting locks ledger then index, the rare compaction index then ledger.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/lock-order/archive"
	"logcap.test/programs/leaky/lock-order/book"
	"logcap.test/programs/leaky/lock-order/exchange"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type backOffice struct {
	clerks sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	if s.Variant == "stuck" {
		bo := &backOffice{}
		start := service.Pick(s.Style, bo.archiveInline, bo.archiveMethod, bo.archiveGroup)
		start(archive.New(s.StuckAfter), 2+s.Rand.IntN(3))
		<-ctx.Done()
		return ctx.Err()
	}
	ex := &exchange.Exchange{}
	settle := service.Pick(s.Style, ex.SettleInline, ex.SettleMethod, ex.SettleGroup)
	return s.Load(ctx, func(r service.Request) {
		a, b := book.Of(2*r.ID), book.Of(2*r.ID+1)
		t := exchange.Trade{Buyer: a, Seller: b, Paper: "ACME", Check: r.Work}
		u := t
		if r.Leaks {
			u.Buyer, u.Seller = b, a
		}
		settle(t, u)
	})
}

func (bo *backOffice) archiveInline(ar *archive.Archive, clerks int) {
	for range clerks {
		go func() { // leak:stuck-func
			for {
				ar.PostOne(time.Now())
				time.Sleep(time.Millisecond)
			}
		}()
	}
	go func() { // leak:stuck-func
		ar.Compact()
	}()
}

func (bo *backOffice) archiveMethod(ar *archive.Archive, clerks int) {
	for range clerks {
		go ar.Post() // leak:stuck-method
	}
	go ar.Compact() // leak:stuck-method
}

func (bo *backOffice) archiveGroup(ar *archive.Archive, clerks int) {
	for range clerks {
		bo.clerks.Go(ar.Post) // leak:stuck-wg
	}
	bo.clerks.Go(ar.Compact) // leak:stuck-wg
}
