// Command nil-channel imports records. A batch of the night is made without the channel that uploads have for their start, or for their
// progress, and its goroutine waits on a channel that is nil.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/leaky/nil-channel/batch"
	"logcap.test/programs/leaky/nil-channel/importer"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"receive", "send"}}) }

func run(ctx context.Context, s *service.Service) error {
	im := &importer.Importer{}
	start := service.Pick(s.Style, im.Start, im.StartPart, im.StartBulk)
	var operators sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		kind := batch.Upload
		if r.Leaks {
			kind = batch.Nightly
		}
		var j importer.Job
		var attend func()
		if s.Variant == "send" {
			t := batch.Track(r.ID, kind)
			j, attend = t, t.Show
		} else {
			h := batch.Hold(r.ID, kind)
			j, attend = h, h.Release
		}
		start(j)
		operators.Go(func() {
			time.Sleep(r.Work)
			attend()
		})
	})
}
