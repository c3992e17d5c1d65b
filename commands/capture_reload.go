package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/config"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// inForce is the configuration that a collector runs with.
type inForce struct {
	o     *captureOptions // as the command line has it
	board *notice.Board
	state *captureState
	sinks *sinkSet

	mu  sync.Mutex // one reload at a time
	now *configured
}

// runConfigured builds the collector that a configuration describes and runs it to its end.
func runConfigured(parent context.Context, o *captureOptions) error {
	c, err := o.readConfig()
	if err != nil {
		var all []error
		for _, one := range mistakes(err) {
			all = append(all, usageOf(one))
		}
		return errors.Join(all...)
	}
	board := notice.New(o.tell)
	f := &inForce{o: o, board: board, sinks: o.newSinkSet(), now: c}
	c.o.onlyStdout = len(c.sinks) == 1 && c.sinks[0].Kind == "stdout"
	for _, s := range c.sinks {
		made, err := s.make(f.sinks)
		if err != nil {
			return errors.Join(usageOf(s.Errorf("", hintOf(err), "%v", err)), f.sinks.close())
		}
		cfg := s.Config
		cfg.Sink = made
		f.sinks.configs = append(f.sinks.configs, cfg)
	}
	if f.state, err = c.o.openState(board); err != nil {
		return errors.Join(err, f.sinks.close())
	}
	defer f.state.release()
	var sources []source.Source
	for _, s := range c.sources {
		made, err := s.source(parent, f.state.parts(board, f.sinks, s.Name))
		if err != nil {
			return errors.Join(err, f.sinks.close())
		}
		sources = append(sources, made)
	}
	return c.o.collect(parent, f.sinks, capture.Config{
		Sources: sources, Stages: c.stages, Routes: c.routes, Store: f.state.store, Board: board,
	}, f.watch)
}

// source makes the source that a section describes.
func (s *configuredSource) source(ctx context.Context, parts sourceParts) (made source.Source, err error) {
	switch s.Kind {
	case "stdin":
		return s.o.input(s.Name), nil
	case "file":
		made, err = s.o.files(s.Name, s.o.paths, parts)
	default:
		made, err = s.o.containers(ctx, s.Name, parts)
	}
	if err != nil {
		return nil, s.Errorf("", hintOf(err), "%v", err)
	}
	return made, nil
}

// every is how often it is looked whether the configuration has changed. That is one question to the system.
const every = 2 * time.Second

// watch reloads on SIGHUP and when the file changes, until ctx is done. A
// file that is being written is read when it has not changed since the last look.
func (f *inForce) watch(ctx context.Context, c *capture.Collector) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(every)
	defer tick.Stop()
	read := stampOf(f.o.config)
	seen := read
	for {
		force := false
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			force = true
		case <-tick.C:
		}
		now := stampOf(f.o.config)
		if force || !now.same(read) && now.same(seen) {
			read = now
			f.reload(ctx, c, force)
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

// reload makes the collector what the file says now. A file that cannot be used
// is told, with the place of its mistakes, and everything stays as it is.
// asked says that somebody waits for an answer.
func (f *inForce) reload(ctx context.Context, c *capture.Collector, asked bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	next, err := f.o.readConfig()
	if err == nil {
		err = f.unchangeable(next)
	}
	if err != nil {
		f.refuse(err)
		return
	}
	changes := f.changes(next)
	if len(changes) == 0 {
		f.board.Clear(configSubject)
		if asked {
			f.o.progressf("logcap: %s: nothing has changed", f.o.config)
		}
		f.now = next
		return
	}
	err = c.Reload(ctx, f.plan(ctx, next))
	switch {
	case errors.Is(err, capture.ErrEnding):
		return
	case errors.Is(err, capture.ErrPartly):
		f.now = next
		f.board.Raise(configSubject, err)
	case err != nil:
		f.refuse(err)
	default:
		f.now = next
		f.board.Clear(configSubject)
		f.o.progressf("logcap: %s: in force: %s", f.o.config, strings.Join(changes, ", "))
	}
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

func (f *inForce) refuse(err error) {
	var placed *config.Error
	all := mistakes(err)
	if errors.As(all[0], &placed) { // its place is said first
		all[0] = placed
	}
	f.board.Raise(configSubject, &refused{all[0], len(all) - 1})
}

// unchangeable says what of a new configuration only a new start can bring.
func (f *inForce) unchangeable(next *configured) error {
	for _, k := range []struct {
		section, key string
		same         bool
	}{
		{"state", "dir", f.now.o.state == next.o.state},
		{"admin", "listen", f.now.o.listen == next.o.listen},
		{"", "drain_timeout", f.now.o.drain == next.o.drain},
		{"", "no_follow", f.now.o.noFollow == next.o.noFollow},
		{"", "multiline_timeout", f.now.o.hold == next.o.hold},
	} {
		if !k.same {
			in := next.Section
			if k.section != "" {
				in = in.Sub(k.section)
			}
			return in.Errorf(k.key, "end logcap and start it again", "it changes with a new start only")
		}
	}
	return nil
}

// changes are those of next in words, as +source web; none when nothing has changed.
func (f *inForce) changes(next *configured) []string {
	var all []string
	for _, part := range []string{"source", "sink"} {
		before, now := f.now.All(part+"s"), next.All(part+"s")
		for _, s := range now {
			switch i := named(before, s.Name); {
			case i < 0:
				all = append(all, part+" "+s.Name+" added")
			case before[i].Fingerprint() != s.Fingerprint():
				all = append(all, part+" "+s.Name+" changed")
			}
		}
		for _, s := range before {
			if named(now, s.Name) < 0 {
				all = append(all, part+" "+s.Name+" removed")
			}
		}
	}
	for _, part := range []string{"stages", "routes"} {
		if fingerprints(f.now.All(part)) != fingerprints(next.All(part)) {
			all = append(all, part+" changed")
		}
	}
	return all
}

// plan is what the collector is to become.
func (f *inForce) plan(ctx context.Context, next *configured) capture.Plan {
	p := capture.Plan{Stages: next.stages, Routes: next.routes}
	for _, s := range next.sources {
		i := named(f.now.All("sources"), s.Name)
		p.Sources = append(p.Sources, capture.SourcePlan{
			Name: s.Name,
			Keep: i >= 0 && f.now.sources[i].Fingerprint() == s.Fingerprint(),
			Make: func(resume source.State) (source.Source, error) {
				parts := f.state.parts(f.board, f.sinks, s.Name)
				if resume != nil {
					parts.resume, parts.again = resume, true
				}
				return s.source(ctx, parts)
			},
		})
	}
	for _, s := range next.sinks {
		plan := capture.SinkPlan{Config: s.Config, Alone: s.alone, Make: func() (sink.Sink, error) {
			made, err := s.make(f.sinks)
			if err != nil {
				err = s.Errorf("", hintOf(err), "%v", err)
			}
			return made, err
		}}
		if i := named(f.now.All("sinks"), s.Section.Name); i >= 0 {
			old := f.now.sinks[i]
			plan.Keep = old.Fingerprint() == s.Fingerprint()
			plan.Alone = plan.Alone && old.alone
			plan.Again = func() (sink.Sink, error) { return old.make(f.sinks) }
		}
		p.Sinks = append(p.Sinks, plan)
	}
	return p
}

func fingerprints(all []*config.Section) string {
	var b strings.Builder
	for _, s := range all {
		b.WriteString(s.Fingerprint() + "\n")
	}
	return b.String()
}

func named(all []*config.Section, name string) int {
	return slices.IndexFunc(all, func(s *config.Section) bool { return s.Name == name })
}
