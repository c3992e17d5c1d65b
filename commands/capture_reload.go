package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/config"
)

// every is how often it is looked whether the configuration has changed. That is one question to the system.
const every = 2 * time.Second

// follow begins to watch beside a collector; what it returns ends that.
func (f *inForce) follow(ctx context.Context, c *capture.Collector) (end func()) {
	ctx, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { f.watch(ctx, c) })
	return func() {
		stop()
		watch.Wait()
	}
}

// watch reloads on SIGHUP and when the file changes, until ctx is done. A
// file that is being written is read when it has not changed since the last look.
func (f *inForce) watch(ctx context.Context, c *capture.Collector) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	read := stampOf(f.o.config)
	seen := read
	for {
		force := false
		select {
		case <-ctx.Done():
			return
		case <-f.hangup:
			force = true
		case <-tick.C:
		}
		now := stampOf(f.o.config)
		if force || !now.same(read) && now.same(seen) {
			read = now
			if said, err := f.reload(ctx, c); err == nil && (force || said != nothingNew) {
				f.o.progressf("logcap: %s: %s", f.o.config, said)
			}
		}
		seen = now
	}
}

// stamp is what is known of a file without reading it; nil when there is none.
type stamp struct{ os.FileInfo }

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info}
}

func (s stamp) same(other stamp) bool {
	if s.FileInfo == nil || other.FileInfo == nil {
		return s.FileInfo == nil && other.FileInfo == nil
	}
	return os.SameFile(s.FileInfo, other.FileInfo) && s.Size() == other.Size() && s.ModTime().Equal(other.ModTime())
}

// configSubject is what has a configuration's problems on the board.
const configSubject = "configuration"

// nothingNew is what a reload says that has nothing to do.
const nothingNew = "nothing has changed"

// reload makes the collector what the file says now, and says what that changes.
// A file that cannot be used is told on the board, with the place of its
// mistakes, and is the error; everything stays as it is.
func (f *inForce) reload(ctx context.Context, c *capture.Collector) (said string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := f.o.readConfig()
	if err == nil {
		err = f.unchangeable(next)
	}
	if err != nil {
		return "", f.refuse(err)
	}
	changes := f.changes(next)
	if len(changes) == 0 && f.again {
		changes = []string{"sources begun anew"}
	}
	if len(changes) == 0 {
		f.board.Clear(configSubject)
		f.now = next
		return nothingNew, nil
	}
	plan, made := f.plan(ctx, next)
	err = c.Reload(ctx, plan)
	switch {
	case errors.Is(err, capture.ErrEnding):
		return "", err
	case errors.Is(err, capture.ErrPartly):
		f.adopt(next, made)
		f.again = true
		f.board.Raise(configSubject, err)
		return "", err
	case err != nil:
		return "", f.refuse(err)
	}
	f.adopt(next, made)
	f.again = false
	f.board.Clear(configSubject)
	return "in force: " + strings.Join(changes, ", "), nil
}

// effective is the configuration that is in force, with secrets masked.
func (f *inForce) effective() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now.Effective()
}

// refused is a configuration that is not used.
type refused struct {
	err  error
	more int // mistakes that are not told
}

func (e *refused) Error() string {
	text := e.err.Error()
	if e.more > 0 {
		text += fmt.Sprintf(" (and %d more: logcap capture check lists them)", e.more)
	}
	return text
}

func (e *refused) Unwrap() error { return e.err }

func (e *refused) Hint() string {
	const stays = "the configuration of before stays in force"
	if hint := hintOf(e.err); hint != "" {
		return hint + "; " + stays
	}
	return stays
}

func (f *inForce) refuse(err error) error {
	var placed *config.Error
	all := mistakes(err)
	if errors.As(all[0], &placed) { // its place is said first
		all[0] = placed
	}
	why := &refused{all[0], len(all) - 1}
	f.board.Raise(configSubject, why)
	return why
}
