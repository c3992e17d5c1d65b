// Slow-drain starts with a queue of goroutines that wait for one of a few slots
// and finish one after the other, for 40 to 100 seconds.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type importer struct {
	style service.Style
	slots chan struct{}
	each  time.Duration
	wg    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	files := dice.Int(150, 450)
	slots := dice.Int(2, 8)
	whole := dice.Time(40*time.Second, 100*time.Second)
	im := &importer{style: s.Style, slots: make(chan struct{}, slots), each: whole * time.Duration(slots) / time.Duration(files)}
	defer im.wg.Wait()
	for range files {
		im.start(ctx)
	}
	<-ctx.Done()
	return ctx.Err()
}

func (im *importer) start(ctx context.Context) {
	switch im.style {
	case service.Method:
		im.wg.Add(1)
		go im.loadAndTell(ctx)
	case service.WG:
		im.wg.Go(func() { im.load(ctx) })
	default:
		im.wg.Add(1)
		go func() {
			defer im.wg.Done()
			select {
			case im.slots <- struct{}{}:
			case <-ctx.Done():
				return
			}
			load.Sleep(ctx, im.each)
			<-im.slots
		}()
	}
}

func (im *importer) loadAndTell(ctx context.Context) {
	defer im.wg.Done()
	im.load(ctx)
}

// load waits for a slot and works in it.
func (im *importer) load(ctx context.Context) {
	select {
	case im.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	load.Sleep(ctx, im.each)
	<-im.slots
}
