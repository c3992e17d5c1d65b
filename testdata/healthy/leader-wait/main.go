// Leader-wait has two locks that people wait long for and that move on: one that
// hundreds queue for and each holds for a moment, and one that its holder keeps
// for a term of 8 to 15 seconds while two others wait their turn.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type ledger struct {
	style  service.Style
	mu     sync.Mutex // the busy lock
	sum    int
	leader sync.Mutex // the leadership
	term   time.Duration
	wg     sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	l := &ledger{style: s.Style, term: dice.Time(8*time.Second, 15*time.Second)}
	defer l.wg.Wait()
	for range 3 {
		l.wg.Go(func() { l.candidate(ctx) })
	}
	held := dice.Time(20*time.Millisecond, 50*time.Millisecond)
	for range dice.Int(100, 300) {
		l.start(ctx, held)
	}
	<-ctx.Done()
	return ctx.Err()
}

// candidate leads for a term whenever the leadership is free.
func (l *ledger) candidate(ctx context.Context) {
	for ctx.Err() == nil {
		l.leader.Lock()
		load.Sleep(ctx, l.term)
		l.leader.Unlock()
	}
}

func (l *ledger) start(ctx context.Context, held time.Duration) {
	switch l.style {
	case service.Method:
		l.wg.Add(1)
		go l.bookAndTell(ctx, held)
	case service.WG:
		l.wg.Go(func() { l.book(ctx, held) })
	default:
		l.wg.Add(1)
		go func() {
			defer l.wg.Done()
			l.book(ctx, held)
		}()
	}
}

func (l *ledger) bookAndTell(ctx context.Context, held time.Duration) {
	defer l.wg.Done()
	l.book(ctx, held)
}

// book holds the busy lock for a moment, again and again.
func (l *ledger) book(ctx context.Context, held time.Duration) {
	for ctx.Err() == nil {
		l.mu.Lock()
		l.sum++
		load.Sleep(ctx, held)
		l.mu.Unlock()
	}
}
