// Package session is about documents that somebody has open.
package session

import "context"

// Store is where a document goes.
type Store interface {
	Save(id int) error
}

// Session is one open document.
type Session struct {
	ID     int
	ctx    context.Context
	cancel context.CancelFunc
}

// New opens a session within ctx.
func New(ctx context.Context, id int) *Session {
	s := &Session{ID: id}
	s.ctx, s.cancel = context.WithCancel(ctx) // cause
	return s
}

// Done is closed when the session has ended.
func (s *Session) Done() <-chan struct{} { return s.ctx.Done() }

// End ends what runs for the session.
func (s *Session) End() { s.cancel() }

// SaveAtEnd saves the document when the session ends.
func (s *Session) SaveAtEnd(st Store) error {
	<-s.Done()
	return st.Save(s.ID)
}
