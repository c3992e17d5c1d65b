// Command premature-return-probe is a daemon that starts containers, checks their health, and stops them.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/premature-return-probe/health"
)

func main() { service.Main(service.Program{Run: run}) }

type daemon struct {
	probing health.Config
	work    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	d := &daemon{probing: health.Config{Interval: 40 * time.Millisecond, Timeout: 4 * time.Second}}
	defer d.work.Wait()
	return s.Load(ctx, d.start)
}

// start runs a container. Jobs leave by themselves; services run until they are retired.
func (d *daemon) start(r service.Request) {
	if !r.Leaks {
		d.run(newContainer(r.ID, 5*time.Millisecond, r.Work/2))
		return
	}
	c := newContainer(r.ID, r.Work+200*time.Millisecond, 0)
	d.run(c)
	d.work.Add(1)
	go d.retire(c, 150*time.Millisecond)
}

func (d *daemon) run(c *container) {
	d.work.Add(1)
	go func() {
		defer d.work.Done()
		health.Monitor(d.probing, c, c.stopped, c.record)
	}()
}

// retire stops a service after some time.
func (d *daemon) retire(c *container, after time.Duration) {
	defer d.work.Done()
	time.Sleep(after)
	c.stop()
}
