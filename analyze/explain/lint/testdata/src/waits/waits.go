// Package waits has goroutines that wait for what cannot come.
package waits

import (
	"context"
	"sync"
)

func Keep(register func()) {
	go func() {
		register()
		select {} // want `the goroutine waits for ever in this empty select`
	}()
}

func Write(lines []string, write func(string)) {
	c := make(chan string)
	go func() {
		for l := range c {
			write(l)
		}
	}()
	for _, l := range lines {
		c <- l // want `nobody closes c: the goroutine that ranges over it waits for ever once Write has left`
	}
}

func Never(work func()) {
	var ready chan struct{} // want `nothing is ever assigned to ready: it is nil, and a receive on it waits for ever`
	go func() {
		<-ready
		work()
	}()
}

type gate struct {
	open chan bool // want `nothing is ever assigned to open: it is nil, and a send on it waits for ever`
	name string
}

func (g *gate) Open() { g.open <- true }

func Gate() *gate { return &gate{name: "north"} }

// A field that is set somewhere is another matter.
type door struct{ open chan bool }

func (d *door) Open()   { d.open <- true }
func (d *door) Make()   { d.open = make(chan bool) }
func (d *door) Listen() { <-d.open }

func Forget(ctx context.Context, work func(context.Context)) {
	ctx, _ = context.WithCancel(ctx) // want `nobody calls the cancel function of this context`
	go work(ctx)
}

type session struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func Open(ctx context.Context) *session {
	s := &session{}
	s.ctx, s.cancel = context.WithCancel(ctx) // want `nobody calls the cancel function of this context`
	return s
}

func (s *session) Done() <-chan struct{} { return s.ctx.Done() }

type closed struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func OpenClosed(ctx context.Context) (c closed) {
	c.ctx, c.cancel = context.WithCancel(ctx)
	return c
}

func (c *closed) Close() { c.cancel() }

func named(ctx context.Context) (_ context.Context, cancel func()) {
	ctx, cancel = context.WithCancel(ctx)
	return ctx, cancel
}

func bare(parent context.Context) (ctx context.Context, cancel func()) {
	ctx, cancel = context.WithCancel(parent)
	return
}

func Uses(ctx context.Context) {
	_, a := named(ctx)
	defer a()
	_, b := bare(ctx)
	defer b()
}

type set struct {
	open sync.WaitGroup
	bad  int
}

func (s *set) Add(work func() error, check func() error) {
	s.open.Add(1)
	if check() != nil {
		s.bad++
		return // want `has counted s.open up and returns here without starting what counts it down`
	}
	go func() {
		defer s.open.Done()
		work()
	}()
}

func (s *set) Wait() { s.open.Wait() }

// What counts down may be handed to somebody who runs it.
type pool struct {
	open  sync.WaitGroup
	tasks chan func()
}

func (p *pool) Do(work func()) {
	p.open.Add(1)
	f := func() {
		defer p.open.Done()
		work()
	}
	select {
	case p.tasks <- f:
		return
	default:
	}
	go f()
}

func (p *pool) Wait() { p.open.Wait() }

// Only tests make these.
type probe struct{ answer chan int }

func (p *probe) give() { p.answer <- 1 }

// The process ends here, and this goroutine is to be seen in the dump.
func Crash(work func() any) {
	go func() {
		if e := work(); e != nil {
			go panic(e)
			select {}
		}
	}()
}
