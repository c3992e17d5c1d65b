// Command recursive-rlock serves feature flags. Evaluate holds the read lock and calls lookup, which takes it again; when a reload
// asks for the write lock in between, both wait for ever.
//
// The stuck variant has one table for all evaluators, and the first reload stops them.
package main

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type flags struct {
	group errgroup.Group
}

// table is the flags of one tenant.
type table struct {
	mu          sync.RWMutex
	rules       map[string]int
	work        time.Duration
	reloadAfter time.Duration
}

func run(ctx context.Context, s *service.Service) error {
	f := &flags{}
	if s.Variant == "stuck" {
		start := service.Pick(s.Style, f.serveInline, f.serveMethod, f.serveGroup)
		start(&table{rules: map[string]int{}, work: 10 * time.Millisecond, reloadAfter: s.StuckAfter}, 3+s.Rand.IntN(4))
		<-ctx.Done()
		return ctx.Err()
	}
	evaluate := service.Pick(s.Style, f.evaluateInline, f.evaluateMethod, f.evaluateGroup)
	return s.Load(ctx, func(r service.Request) {
		t := &table{rules: map[string]int{}, work: r.Work, reloadAfter: r.Work / 2}
		if !r.Leaks {
			t.reloadAfter = 2 * r.Work
		}
		evaluate(t)
	})
}

func (t *table) lookup(name string) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.rules[name]
}

// evaluate reads a consistent set of flags.
func (t *table) evaluate() error {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if t.rules["off"] == 0 {
		time.Sleep(t.work)
		t.lookup("colour")
	}
	return nil
}

// reload replaces the rules.
func (t *table) reload() error {
	time.Sleep(t.reloadAfter)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rules = map[string]int{"colour": 1}
	return nil
}

func (f *flags) evaluateInline(t *table) {
	go func() { // leak:func
		t.mu.RLock()
		defer t.mu.RUnlock()
		time.Sleep(t.work)
		t.lookup("colour")
	}()
	go func() { // leak:func
		time.Sleep(t.reloadAfter)
		t.mu.Lock()
		defer t.mu.Unlock()
		t.rules = map[string]int{"colour": 1}
	}()
}

func (f *flags) evaluateMethod(t *table) {
	go t.evaluate() // leak:method
	go t.reload()   // leak:method
}

func (f *flags) evaluateGroup(t *table) {
	f.group.Go(t.evaluate) // leak:wg
	f.group.Go(t.reload)   // leak:wg
}

// serve evaluates for ever.
func (t *table) serve() error {
	for {
		t.evaluate()
	}
}

func (f *flags) serveInline(t *table, evaluators int) {
	for range evaluators {
		go func() { // leak:stuck-func
			for {
				t.evaluate()
			}
		}()
	}
	go func() { // leak:stuck-func
		for {
			t.reload()
		}
	}()
}

func (t *table) watchFile() error {
	for {
		t.reload()
	}
}

func (f *flags) serveMethod(t *table, evaluators int) {
	for range evaluators {
		go t.serve() // leak:stuck-method
	}
	go t.watchFile() // leak:stuck-method
}

func (f *flags) serveGroup(t *table, evaluators int) {
	for range evaluators {
		f.group.Go(t.serve) // leak:stuck-wg
	}
	f.group.Go(t.watchFile) // leak:stuck-wg
}
