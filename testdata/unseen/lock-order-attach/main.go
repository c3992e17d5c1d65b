// Command lock-order-attach runs containers in namespaces: it starts them, attaches to their output, and removes images that none of them uses.
package main

import (
	"context"
	"fmt"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/lock-order-attach/container"
	"logcap.test/programs/unseen/lock-order-attach/daemon"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	return s.Load(ctx, func(r service.Request) {
		d := daemon.New(fmt.Sprintf("ns-%d", r.ID))
		web := d.Create("web", "nginx:1")
		d.Create("db", "postgres:18")
		serve(d, web, r)
	})
}

// serve starts a container and cleans up while, or after, it comes up.
func serve(d *daemon.Daemon, web *container.Container, r service.Request) {
	comes := r.Work / 2
	cleanAfter := r.Work
	if r.Leaks {
		cleanAfter = comes / 2
	}
	go func() { // leak:func
		if err := d.Start(web, comes); err == nil {
			d.Log("%s started", web.ID)
		}
	}()
	go d.CleanLater(cleanAfter, "nginx:1") // leak:func
}
