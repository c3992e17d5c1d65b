// Command waitgroup-misuse resizes albums. One goroutine a picture, one more that waits for them all; a picture that cannot be read
// is counted and returns without Done, and the waiting one never wakes.
//
// The stuck variant works through a fixed number of album queues, and each queue stops at such a picture.
package main

import (
	"context"
	"time"

	"logcap.test/programs/leaky/waitgroup-misuse/picture"
	"logcap.test/programs/leaky/waitgroup-misuse/studio"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

func run(ctx context.Context, s *service.Service) error {
	st := &studio.Studio{}
	if s.Variant == "stuck" {
		begin := time.Now()
		work := service.Pick(s.Style, st.WorkOff, st.WorkOffOld, st.WorkOffPrints)
		for range 3 + s.Rand.IntN(3) {
			work(func() picture.Album {
				return picture.Scan(3, 40*time.Millisecond, time.Since(begin) > s.StuckAfter)
			})
		}
		<-ctx.Done()
		return ctx.Err()
	}
	resize := service.Pick(s.Style, st.Resize, st.ResizeOld, st.ResizePrints)
	return s.Load(ctx, func(r service.Request) { resize(picture.Scan(2, r.Work, r.Leaks)) })
}
