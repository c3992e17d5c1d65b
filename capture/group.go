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
	ended chan struct{} // one token each time a part has ended; made by start
	parts int
}

// start runs part in a goroutine of its own. All parts are started before the first wait.
func (g *group) start(name string, part func() error) {
	if g.ended == nil {
		g.ended = make(chan struct{}, 1)
	}
	g.mu.Lock()
	g.names = append(g.names, name)
	g.parts++
	g.mu.Unlock()
	go func() {
		err := part()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.names = slices.DeleteFunc(g.names, func(n string) bool { return n == name })
		if err != nil {
			g.errs = append(g.errs, fmt.Errorf("%s: %w", name, err))
		}
		if g.parts--; g.parts == 0 {
			close(g.ended)
		}
	}()
}

// wait returns when all parts have ended; or, for what hangs, `more` after
// ctx was done. The error joins those of the parts and names what was left behind.
func (g *group) wait(ctx context.Context, more time.Duration) error {
	if g.ended == nil {
		return nil
	}
	select {
	case <-g.ended:
	case <-ctx.Done():
		late := time.NewTimer(more)
		defer late.Stop()
		select {
		case <-g.ended:
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
