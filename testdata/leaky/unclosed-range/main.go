// Command unclosed-range exports reports line by line. A report whose source breaks off leaves its channel open, and the writer
// that ranges over it waits for ever.
package main

import (
	"context"
	"fmt"
	"sync"

	"logcap.test/programs/leaky/unclosed-range/export"
	"logcap.test/programs/leaky/unclosed-range/report"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	archive := export.NewArchive()
	open := service.Pick(s.Style, archive.Text, archive.Table, archive.Rows)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		src := &report.Source{Name: fmt.Sprintf("report %d", r.ID), Lines: 5, Pause: r.Work / 5}
		if r.Leaks {
			src.Broken = 4
		}
		out := open(src.Name)
		requests.Go(func() { report.Send(src, out) })
	})
}
