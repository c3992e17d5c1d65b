// Per-tenant starts one goroutine for a tenant when it is first seen. All tenants
// have been seen within 30 seconds.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type router struct {
	style   service.Style
	tenants map[int]chan int
	wg      sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	r := &router{style: s.Style, tenants: map[int]chan int{}}
	defer r.wg.Wait()
	tenants := dice.Int(15, 70)
	all := dice.Time(15*time.Second, 28*time.Second)
	begin := time.Now()
	for n := 0; load.Sleep(ctx, all/time.Duration(4*tenants)); n++ {
		tenant := dice.Int(0, tenants-1)
		if time.Since(begin) > all {
			tenant = n % tenants // the rare ones come too
		}
		r.route(ctx, tenant, n)
	}
	return ctx.Err()
}

func (r *router) route(ctx context.Context, tenant, message int) {
	inbox, ok := r.tenants[tenant]
	if !ok {
		inbox = make(chan int)
		r.tenants[tenant] = inbox
		r.start(ctx, inbox)
	}
	select {
	case inbox <- message:
	case <-ctx.Done():
	}
}

func (r *router) start(ctx context.Context, inbox <-chan int) {
	switch r.style {
	case service.Method:
		r.wg.Add(1)
		go r.serveAndTell(ctx, inbox)
	case service.WG:
		r.wg.Go(func() { r.serve(ctx, inbox) })
	default:
		r.wg.Add(1)
		go func() {
			defer r.wg.Done()
			r.serve(ctx, inbox)
		}()
	}
}

func (r *router) serveAndTell(ctx context.Context, inbox <-chan int) {
	defer r.wg.Done()
	r.serve(ctx, inbox)
}

func (r *router) serve(ctx context.Context, inbox <-chan int) {
	sum := 0
	for {
		select {
		case message := <-inbox:
			sum += message
		case <-ctx.Done():
			return
		}
	}
}
