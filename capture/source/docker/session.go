package docker

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
)

const (
	reconcileEvery = time.Minute     // how often all containers are looked at although events tell what changes
	pingEvery      = 5 * time.Second // how often an engine that has nothing to tell is asked whether it is there
	pingAnswer     = 3 * time.Second // how long that is waited for
)

// session hears of what happens to containers until the connection ends. Events are asked for before
// the list, so that nothing happens in between unseen.
func (s *Source) session(ctx context.Context, wait *backoff.ExponentialBackOff) error {
	events, err := s.opt.Engine.Events(ctx, 0)
	if err != nil {
		return fmt.Errorf("watch containers: %w", err)
	}
	defer events.Close()
	if err := s.reconcile(ctx, true); err != nil {
		return err
	}
	wait.Reset()
	s.opt.Board.Clear(s.subject())
	looked, hung := s.opt.Now(), false
	for {
		has, err := events.Pending(pingEvery)
		if err != nil {
			return fmt.Errorf("watch containers: %w", err)
		}
		if !has && s.opt.Now().Sub(looked) >= reconcileEvery {
			if err := s.reconcile(ctx, false); err != nil {
				return err
			}
			looked = s.opt.Now()
			continue
		}
		if !has {
			hung = s.ping(ctx, hung)
			continue
		}
		e, err := events.Next()
		if err != nil {
			return fmt.Errorf("watch containers: %w", err)
		}
		s.happened(ctx, e)
	}
}

// ping asks whether the engine still answers: one that hangs, or is gone without its end of the connection having
// heard, tells nothing, as one to which nothing happens. Streams wait for it as long as they wait for lines.
func (s *Source) ping(ctx context.Context, before bool) (hung bool) {
	err := s.opt.Engine.Ping(ctx, pingAnswer)
	switch {
	case ctx.Err() != nil:
		return before
	case err != nil:
		s.opt.Board.Raise(s.subject(), err)
	case before:
		s.opt.Board.Clear(s.subject())
	}
	return err != nil
}

// happened takes one event.
func (s *Source) happened(ctx context.Context, e engine.Event) {
	s.filesHappened(e)
	switch e.Action {
	case "start", "unpause":
		if c, err := s.opt.Engine.Inspect(ctx, e.ID); err == nil {
			s.start(ctx, c)
		} // otherwise it is gone again, or the list will show it
	case "rename":
		if c, err := s.opt.Engine.Inspect(ctx, e.ID); err == nil {
			s.renamed(ctx, c)
		}
	case "destroy":
		s.mu.Lock()
		defer s.mu.Unlock()
		_, file := s.inFiles[e.ID]
		if s.follows[e.ID] == nil && !file { // else it goes with the follow
			s.drop(e.ID)
		}
	}
}

// renamed gives the records of a container its new name from now on. With
// it the container may be one to collect, or none.
func (s *Source) renamed(ctx context.Context, c engine.Container) {
	s.mu.Lock()
	f := s.follows[c.ID]
	_, file := s.inFiles[c.ID]
	s.mu.Unlock()
	switch {
	case f != nil && !s.wanted(c):
		f.cancel()
	case file && !s.wanted(c):
		s.mu.Lock()
		s.inFiles[c.ID] = unwanted
		s.mu.Unlock()
		s.files.Retire("docker:" + c.ID)
	case file:
		s.files.Rename(s.originOf(c))
	case f != nil:
		f.origin.Store(s.originOf(c))
	case c.Running:
		s.start(ctx, c)
	}
}

// reconcile looks at all containers: those that run are followed, those that
// have stopped since the run before are read to their end, and positions of those
// that are no more are forgotten. unheard says that events may have been missed: what has
// stopped may have run again meanwhile, and is read once more.
func (s *Source) reconcile(ctx context.Context, unheard bool) error {
	all, err := s.opt.Engine.List(ctx)
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	there := map[string]bool{}
	for _, c := range all {
		there[c.ID] = true
		s.mu.Lock()
		_, followed := s.inFiles[c.ID]
		followed = followed || s.follows[c.ID] != nil
		cur := s.cursors[c.ID]
		s.mu.Unlock()
		switch {
		case followed:
		case c.Running, cur != nil && (cur.unread() || unheard), cur == nil && s.appeared(c):
			s.start(ctx, c)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settled = true
	for id := range s.cursors {
		if there[id] || s.follows[id] != nil {
			continue
		}
		if _, file := s.inFiles[id]; file {
			s.files.Retire("docker:" + id)
			continue
		}
		s.drop(id)
	}
	return nil
}

// appeared says that a container was made since the collector, or the run before, began.
func (s *Source) appeared(c engine.Container) bool {
	made := c.Created.Unix() // a list has no more
	return made >= s.began.Unix() || s.prev != 0 && made >= s.prev/1e9
}

// sorted are attributes in the order of their keys.
func sorted(attrs map[string]string) []record.Attr {
	all := make([]record.Attr, 0, len(attrs))
	for _, key := range slices.Sorted(maps.Keys(attrs)) {
		all = append(all, record.Attr{Key: key, Value: attrs[key]})
	}
	return all
}
