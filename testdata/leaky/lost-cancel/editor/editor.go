// Package editor keeps the sessions of everybody who edits.
package editor

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/leaky/lost-cancel/internal/table"
	"logcap.test/programs/leaky/lost-cancel/session"
)

// Editor knows all sessions.
type Editor struct {
	sessions table.Table[int, *session.Session]
	savers   errgroup.Group
	saved    atomic.Int64
}

// Save writes a document.
func (ed *Editor) Save(int) error {
	ed.saved.Add(1)
	return nil
}

func (ed *Editor) add(ctx context.Context, id int) *session.Session {
	se := session.New(ctx, id)
	ed.sessions.Put(id, se)
	return se
}

// Close ends a session because its owner says so.
func (ed *Editor) Close(id int) {
	if se, ok := ed.sessions.Take(id); ok {
		se.End()
	}
}

// Expire ends a session that nobody used for a while.
func (ed *Editor) Expire(id int) {
	ed.sessions.Delete(id)
}

// OpenInline opens a session that is saved at its end.
func (ed *Editor) OpenInline(ctx context.Context, id int) {
	se := ed.add(ctx, id)
	go func() { // leak:func
		<-se.Done()
		ed.Save(se.ID)
	}()
}

// OpenMethod does the same.
func (ed *Editor) OpenMethod(ctx context.Context, id int) {
	go ed.add(ctx, id).SaveAtEnd(ed) // leak:method
}

// OpenGroup does the same.
func (ed *Editor) OpenGroup(ctx context.Context, id int) {
	se := ed.add(ctx, id)
	ed.savers.Go(func() error { // leak:wg
		return se.SaveAtEnd(ed)
	})
}
