// Command waitgroup-misuse resizes albums. One goroutine a picture, one more that waits for them all; a picture that cannot be read
// returns without Done, and the waiting one never wakes.
//
// The stuck variant works through a fixed number of album queues, and each queue stops at such a picture.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type studio struct {
	albums errgroup.Group
	done   atomic.Int64
}

// album is a set of pictures, the last of which may be broken.
type album struct {
	studio   *studio
	pictures sync.WaitGroup
	broken   bool
}

func run(ctx context.Context, s *service.Service) error {
	st := &studio{}
	if s.Variant == "stuck" {
		begin := time.Now()
		start := service.Pick(s.Style, st.queueInline, st.queueMethod, st.queueGroup)
		for range 3 + s.Rand.IntN(3) {
			start(func() bool { return time.Since(begin) > s.StuckAfter })
		}
		<-ctx.Done()
		return ctx.Err()
	}
	resize := service.Pick(s.Style, st.resizeInline, st.resizeMethod, st.resizeGroup)
	return s.Load(ctx, func(r service.Request) { resize(r) })
}

// begin starts the album's pictures.
func (a *album) begin(work time.Duration) {
	const n = 3
	a.pictures.Add(n)
	for i := range n {
		go a.resize(work, a.broken && i == n-1)
	}
}

func (a *album) resize(work time.Duration, broken bool) {
	time.Sleep(work)
	if broken {
		return
	}
	a.studio.done.Add(1)
	a.pictures.Done()
}

// finish waits for the pictures.
func (a *album) finish() {
	a.pictures.Wait()
	a.studio.done.Add(1)
}

func (st *studio) resizeInline(r service.Request) {
	a := &album{studio: st, broken: r.Leaks}
	a.begin(r.Work)
	go func() { // leak:func
		a.pictures.Wait()
		st.done.Add(1)
	}()
}

func (st *studio) resizeMethod(r service.Request) {
	a := &album{studio: st, broken: r.Leaks}
	a.begin(r.Work)
	go a.finish() // leak:method
}

func (st *studio) resizeGroup(r service.Request) {
	a := &album{studio: st, broken: r.Leaks}
	a.begin(r.Work)
	st.albums.Go(func() error { // leak:wg
		a.finish()
		return nil
	})
}

// queue resizes album after album; broken says whether the next one holds a broken picture.
func (st *studio) queue(broken func() bool) {
	for {
		a := &album{studio: st, broken: broken()}
		a.begin(40 * time.Millisecond)
		a.finish()
	}
}

func (st *studio) queueInline(broken func() bool) {
	go func() { // leak:stuck-func
		for {
			a := &album{studio: st, broken: broken()}
			a.begin(40 * time.Millisecond)
			a.pictures.Wait()
		}
	}()
}

func (st *studio) queueMethod(broken func() bool) {
	go st.queue(broken) // leak:stuck-method
}

func (st *studio) queueGroup(broken func() bool) {
	st.albums.Go(func() error { // leak:stuck-wg
		st.queue(broken)
		return nil
	})
}
