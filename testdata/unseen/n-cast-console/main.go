// Command n-cast-console lets users look at the consoles of machines: some only watch, the others type as well.
package main

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/n-cast-console/guest"
	"logcap.test/programs/unseen/n-cast-console/proxy"
)

func main() { service.Main(service.Program{Run: run}) }

type consoles struct {
	open   sync.WaitGroup
	failed atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	c := &consoles{}
	defer c.open.Wait()
	return s.Load(ctx, func(r service.Request) {
		c.open.Go(func() {
			if err := c.attach(r, !r.Leaks); err != nil && !errors.Is(err, io.EOF) {
				c.failed.Add(1)
			}
		})
	})
}

// attach shows a user the console of a machine until either is gone.
func (c *consoles) attach(r service.Request, readOnly bool) error {
	machine := guest.Machine(r.Work/2, &c.open)
	defer machine.Close()
	user := guest.User(&c.open)
	defer user.Close()
	ways := []proxy.Direction{{From: machine, To: user}}
	if !readOnly {
		ways = append(ways, proxy.Direction{From: user, To: machine})
	}
	return proxy.Join(ways...)
}
