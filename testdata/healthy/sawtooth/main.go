// Sawtooth gathers writes that wait for the next flush: a slow rise for 8 to 20
// seconds, then all are released at once, again and again.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type batcher struct {
	style   service.Style
	flushed chan struct{} // closed at the end of the present batch; used by run only
	wg      sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	b := &batcher{style: s.Style}
	defer b.wg.Wait()
	every := dice.Time(8*time.Second, 20*time.Second)
	rate := dice.Int(3, 15) // writes a second
	for ctx.Err() == nil {
		b.flushed = make(chan struct{})
		for end := time.Now().Add(every); time.Now().Before(end); {
			if !load.Sleep(ctx, dice.Time(0, 2*time.Second/time.Duration(rate))) {
				break
			}
			b.write()
		}
		close(b.flushed)
	}
	return ctx.Err()
}

func (b *batcher) write() {
	switch flushed := b.flushed; b.style {
	case service.Method:
		b.wg.Add(1)
		go b.await(flushed)
	case service.WG:
		b.wg.Go(func() { <-flushed })
	default:
		b.wg.Add(1)
		go func() {
			defer b.wg.Done()
			<-flushed
		}()
	}
}

func (b *batcher) await(flushed <-chan struct{}) {
	defer b.wg.Done()
	<-flushed
}
