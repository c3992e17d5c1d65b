package capture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// group runs the long-lived parts of one kind and waits for them; unlike an
// errgroup it knows their names, and can stop waiting for one that hangs.
type group struct {
	mu    sync.Mutex
	names []string // of those that still run
	errs  []error
	ended chan struct{} // closed when all parts have ended; made with the first one
	parts int
}

// start runs part in a goroutine of its own. It says no when all parts have ended and the group with them.
func (g *group) start(name string, part func() error) bool {
	g.mu.Lock()
	if !g.enter() {
		g.mu.Unlock()
		return false
	}
	g.names = append(g.names, name)
	g.mu.Unlock()
	go func() {
		err := part()
		g.mu.Lock()
		defer g.mu.Unlock()
		if i := slices.Index(g.names, name); i >= 0 { // of two with one name either will do
			g.names = slices.Delete(g.names, i, i+1)
		}
		if err != nil {
			g.errs = append(g.errs, fmt.Errorf("%s: %w", name, err))
		}
		g.leave()
	}()
	return true
}

// hold keeps the group from ending while parts are exchanged; release lets it. It says no when it has ended.
func (g *group) hold() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.enter()
}

func (g *group) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leave()
}

// enter and leave are called under the lock.
func (g *group) enter() bool {
	if g.ended == nil {
		g.ended = make(chan struct{})
	} else if g.parts == 0 {
		return false
	}
	g.parts++
	return true
}

func (g *group) leave() {
	if g.parts--; g.parts == 0 {
		close(g.ended)
	}
}

// wait returns when all parts have ended; or, for what hangs, `more` after
// ctx was done. The error joins those of the parts and names what was left behind.
func (g *group) wait(ctx context.Context, more time.Duration) error {
	g.mu.Lock()
	ended := g.ended
	g.mu.Unlock()
	if ended == nil {
		return nil
	}
	select {
	case <-ended:
	case <-ctx.Done():
		late := time.NewTimer(more)
		defer late.Stop()
		select {
		case <-ended:
		case <-late.C:
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	err := errors.Join(g.errs...)
	if len(g.names) > 0 {
		err = errors.Join(err, fmt.Errorf("end %s: still busy after the drain timeout", strings.Join(g.names, ", ")))
	}
	return err
}

// idle says that every part has ended.
func (g *group) idle() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.names) == 0
}
