package checkpoint

import (
	"context"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/notice"
)

// Saver keeps a Store up to date. Its fields are set once; Run is called once.
type Saver struct {
	Store *Store
	Every time.Duration // 0: 1 s

	// State is the positions of now, and whether any has moved since the last call.
	State func() (all Sections, changed bool)

	Gate  *Gate         // closed while saving fails; nil: nothing is held up
	Board *notice.Board // nil: nobody is told

	mu   sync.Mutex
	last time.Time
}

const subject = "checkpoint"

// Run saves what has changed each interval until ctx is done, and then once
// more; at first earlier, because a run that has kept nothing when it is killed
// leaves the next one to read everything twice. While a save fails the gate is closed, so that no more is read than
// would have to be read again; it is tried again each interval. The error is that of the last save.
func (s *Saver) Run(ctx context.Context) error {
	every := s.Every
	if every == 0 {
		every = time.Second
	}
	pause := every / 16
	tick := time.NewTimer(pause)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return s.save(failed)
		case <-tick.C:
			failed = s.save(failed) != nil
			pause = min(2*pause, every)
			tick.Reset(pause)
		}
	}
}

// save writes the state when it has changed, or when again says that the last save failed.
func (s *Saver) save(again bool) error {
	all, changed := s.State()
	if !changed && !again {
		return nil
	}
	if err := s.Store.Save(all); err != nil {
		if s.Gate != nil {
			s.Gate.Close()
		}
		s.Board.Raise(subject, err)
		return err
	}
	s.mu.Lock()
	s.last = time.Now()
	s.mu.Unlock()
	if s.Gate != nil {
		s.Gate.Open()
	}
	s.Board.Clear(subject)
	return nil
}

// Last is when positions were last written; the zero time when they have not been.
func (s *Saver) Last() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}
