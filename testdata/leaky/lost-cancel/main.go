// Command lost-cancel keeps editing sessions. Every session has a context of its own that ends its autosaver; a session that expires
// is dropped from the table, and its cancel function with it.
package main

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

type editor struct {
	mu       sync.Mutex
	sessions map[int]*session
	saved    int
	savers   errgroup.Group
}

// session is one open document. cancel ends what runs for it.
type session struct {
	ed     *editor
	ctx    context.Context
	cancel context.CancelFunc
}

func run(ctx context.Context, s *service.Service) error {
	ed := &editor{sessions: map[int]*session{}}
	open := service.Pick(s.Style, ed.openInline, ed.openMethod, ed.openGroup)
	var requests sync.WaitGroup
	return s.Load(ctx, func(r service.Request) {
		open(ctx, r.ID)
		requests.Go(func() {
			time.Sleep(r.Work)
			if r.Leaks {
				ed.expire(r.ID)
				return
			}
			ed.close(r.ID)
		})
	})
}

func (ed *editor) add(ctx context.Context, id int) *session {
	se := &session{ed: ed}
	se.ctx, se.cancel = context.WithCancel(ctx)
	ed.mu.Lock()
	defer ed.mu.Unlock()
	ed.sessions[id] = se
	return se
}

// close ends a session the orderly way.
func (ed *editor) close(id int) {
	ed.mu.Lock()
	defer ed.mu.Unlock()
	ed.sessions[id].cancel()
	delete(ed.sessions, id)
}

// expire forgets a session.
func (ed *editor) expire(id int) {
	ed.mu.Lock()
	defer ed.mu.Unlock()
	delete(ed.sessions, id)
}

func (ed *editor) save() {
	ed.mu.Lock()
	defer ed.mu.Unlock()
	ed.saved++
}

// saveAtEnd saves when the session's context ends.
func (se *session) saveAtEnd() error {
	<-se.ctx.Done()
	se.ed.save()
	return nil
}

func (ed *editor) openInline(ctx context.Context, id int) {
	se := ed.add(ctx, id)
	go func() { // leak:func
		<-se.ctx.Done()
		ed.save()
	}()
}

func (ed *editor) openMethod(ctx context.Context, id int) {
	se := ed.add(ctx, id)
	go se.saveAtEnd() // leak:method
}

func (ed *editor) openGroup(ctx context.Context, id int) {
	se := ed.add(ctx, id)
	ed.savers.Go(se.saveAtEnd) // leak:wg
}
