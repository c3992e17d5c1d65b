// Command missing-receiver renders thumbnails in the background. Every job says when it is done; callers that asked for no preview
// do not wait for its future, so nobody is there to hear it.
package main

import (
	"context"
	"sync"

	"logcap.test/programs/leaky/missing-receiver/render"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

// album is a collection of pictures.
type album struct {
	render   func(*render.Job)
	previews sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	st := &render.Studio{}
	a := &album{render: service.Pick(s.Style, st.RenderInline, st.RenderMethod, st.RenderGroup)}
	return s.Load(ctx, func(r service.Request) { a.add(r, !r.Leaks) })
}

// add puts a picture into the album and shows it if that is wanted.
func (a *album) add(r service.Request, show bool) {
	j := render.NewJob(r.ID, r.Work)
	a.render(j)
	if show {
		a.previews.Go(func() { j.Preview() })
	}
}
