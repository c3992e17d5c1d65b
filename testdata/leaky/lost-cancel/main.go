// Command lost-cancel keeps editing sessions. Every session has a context of its own that ends its autosaver; a session that expires
// is dropped from the table, and its cancel function with it.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/lost-cancel/editor"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	ed := &editor.Editor{}
	open := service.Pick(s.Style, ed.OpenInline, ed.OpenMethod, ed.OpenGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		open(ctx, r.ID)
		end := ed.Close
		if r.Leaks {
			end = ed.Expire
		}
		requests.Go(func() {
			time.Sleep(r.Work)
			end(r.ID)
		})
	})
}
