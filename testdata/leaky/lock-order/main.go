// Command lock-order settles trades between two books. A settlement locks the buyer first and then the seller, so two opposite
// trades wait for each other.
//
// The stuck variant has one ledger and one index: posting locks ledger then index, the rare compaction index then ledger.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type exchange struct {
	trades sync.WaitGroup
}

// book is one trader's positions.
type book struct {
	mu       sync.Mutex
	position int
}

// trade moves one piece from seller to buyer.
type trade struct {
	buyer, seller *book
	work          time.Duration
}

func run(ctx context.Context, s *service.Service) error {
	ex := &exchange{}
	if s.Variant == "stuck" {
		start := service.Pick(s.Style, ex.archiveInline, ex.archiveMethod, ex.archiveGroup)
		start(&archive{compactEvery: s.StuckAfter}, 2+s.Rand.IntN(3))
		<-ctx.Done()
		return ctx.Err()
	}
	settle := service.Pick(s.Style, ex.settleInline, ex.settleMethod, ex.settleGroup)
	return s.Load(ctx, func(r service.Request) {
		a, b := &book{}, &book{}
		if r.Leaks {
			settle(trade{a, b, r.Work}, trade{b, a, r.Work})
			return
		}
		settle(trade{a, b, r.Work}, trade{a, b, r.Work})
	})
}

// settle checks the buyer's limit for a while before it touches the seller.
func (t trade) settle() {
	t.buyer.mu.Lock()
	defer t.buyer.mu.Unlock()
	time.Sleep(t.work)
	t.seller.mu.Lock()
	defer t.seller.mu.Unlock()
	t.buyer.position++
	t.seller.position--
}

func (ex *exchange) settleInline(t, u trade) {
	go func() { // leak:func
		t.buyer.mu.Lock()
		defer t.buyer.mu.Unlock()
		time.Sleep(t.work)
		t.seller.mu.Lock()
		defer t.seller.mu.Unlock()
		t.buyer.position++
	}()
	go func() { // leak:func
		u.buyer.mu.Lock()
		defer u.buyer.mu.Unlock()
		time.Sleep(u.work)
		u.seller.mu.Lock()
		defer u.seller.mu.Unlock()
		u.buyer.position++
	}()
}

func (ex *exchange) settleMethod(t, u trade) {
	go t.settle() // leak:method
	go u.settle() // leak:method
}

func (ex *exchange) settleGroup(t, u trade) {
	ex.trades.Go(t.settle) // leak:wg
	ex.trades.Go(u.settle) // leak:wg
}

// archive is what posting and compaction share.
type archive struct {
	ledger, index sync.Mutex
	entries       int
	compactEvery  time.Duration
}

func (ar *archive) post() {
	for {
		ar.postOne()
		time.Sleep(time.Millisecond)
	}
}

func (ar *archive) postOne() {
	ar.ledger.Lock()
	defer ar.ledger.Unlock()
	time.Sleep(10 * time.Millisecond)
	ar.index.Lock()
	defer ar.index.Unlock()
	ar.entries++
}

func (ar *archive) compact() {
	for {
		time.Sleep(ar.compactEvery)
		ar.compactOnce()
	}
}

func (ar *archive) compactOnce() {
	ar.index.Lock()
	defer ar.index.Unlock()
	time.Sleep(30 * time.Millisecond)
	ar.ledger.Lock()
	defer ar.ledger.Unlock()
	ar.entries = 0
}

func (ex *exchange) archiveInline(ar *archive, posters int) {
	for range posters {
		go func() { // leak:stuck-func
			for {
				ar.postOne()
				time.Sleep(time.Millisecond)
			}
		}()
	}
	go func() { // leak:stuck-func
		for {
			time.Sleep(ar.compactEvery)
			ar.compactOnce()
		}
	}()
}

func (ex *exchange) archiveMethod(ar *archive, posters int) {
	for range posters {
		go ar.post() // leak:stuck-method
	}
	go ar.compact() // leak:stuck-method
}

func (ex *exchange) archiveGroup(ar *archive, posters int) {
	for range posters {
		ex.trades.Go(ar.post) // leak:stuck-wg
	}
	ex.trades.Go(ar.compact) // leak:stuck-wg
}
