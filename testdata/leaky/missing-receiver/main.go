// Command missing-receiver renders thumbnails in the background. Every job says when it is done; callers that asked for no preview
// keep no channel end, so nobody is there to hear it.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type renderer struct {
	jobs sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	rd := &renderer{}
	render := service.Pick(s.Style, rd.renderInline, rd.renderMethod, rd.renderGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		j := newJob(r)
		render(j)
		if !r.Leaks {
			requests.Go(j.preview)
		}
	})
}

// job is one picture to render.
type job struct {
	request service.Request
	pixels  []byte
	done    chan struct{}
}

func newJob(r service.Request) *job {
	return &job{request: r, pixels: make([]byte, 1024), done: make(chan struct{})}
}

// preview waits for the picture.
func (j *job) preview() { <-j.done }

func (j *job) render() {
	time.Sleep(j.request.Work)
	for i := range j.pixels {
		j.pixels[i] = byte(j.request.ID)
	}
	j.done <- struct{}{}
}

func (rd *renderer) renderInline(j *job) {
	go func() { // leak:func
		time.Sleep(j.request.Work)
		for i := range j.pixels {
			j.pixels[i] = byte(j.request.ID)
		}
		j.done <- struct{}{}
	}()
}

func (rd *renderer) renderMethod(j *job) {
	go j.render() // leak:method
}

func (rd *renderer) renderGroup(j *job) {
	rd.jobs.Go(j.render) // leak:wg
}
