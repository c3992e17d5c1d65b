// Command missing-sender holds orders until they are approved. A withdrawn order is forgotten together with the channel its
// goroutine receives the approval from.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type desk struct {
	waiting sync.WaitGroup
	mu      sync.Mutex
	shipped int
}

func run(ctx context.Context, s *service.Service) error {
	d := &desk{}
	hold := service.Pick(s.Style, d.holdInline, d.holdMethod, d.holdGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		o := &order{id: r.ID, approved: make(chan string)}
		hold(o)
		if r.Leaks {
			return // withdrawn
		}
		requests.Go(func() { o.approve(r.Work) })
	})
}

// order waits for somebody's approval.
type order struct {
	id       int
	approved chan string
}

func (o *order) approve(after time.Duration) {
	time.Sleep(after)
	o.approved <- "the manager"
}

func (d *desk) ship(o *order, by string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.shipped++
}

func (d *desk) holdInline(o *order) {
	go func() { // leak:func
		by := <-o.approved
		d.ship(o, by)
	}()
}

func (d *desk) holdMethod(o *order) {
	go d.await(o) // leak:method
}

func (d *desk) await(o *order) {
	by := <-o.approved
	d.ship(o, by)
}

func (d *desk) holdGroup(o *order) {
	d.waiting.Go(func() { // leak:wg
		by := <-o.approved
		d.ship(o, by)
	})
}
