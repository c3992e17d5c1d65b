package commands

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/config"
	"github.com/logcap/logcap/capture/deadletter"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
)

// inForce is the configuration that a collector runs with.
type inForce struct {
	o       *captureOptions // as the command line has it
	board   *notice.Board
	state   *captureState
	sinks   *sinkSet
	letters *deadletter.Box // nil without a state directory

	hangup chan os.Signal // SIGHUP

	mu     sync.Mutex // one reload at a time
	now    *configured
	boards map[string]*notice.Board // of sources by name, so that their problems end with them
	again  bool                     // sources have not become what now says, and are made anew by the next reload
}

// runConfigured builds the collector that a configuration describes and runs it to its end.
func runConfigured(parent context.Context, o *captureOptions) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // from the beginning: it would end a process that does not know it
	defer signal.Stop(hangup)
	c, err := o.readConfig()
	if err != nil {
		var all []error
		for _, one := range mistakes(err) {
			all = append(all, usageOf(one))
		}
		return errors.Join(all...)
	}
	board := notice.New(o.tell)
	f := &inForce{o: o, board: board, sinks: o.newSinkSet(), hangup: hangup, now: c, boards: map[string]*notice.Board{}}
	c.o.onlyStdout = len(c.sinks) == 1 && c.sinks[0].Kind == "stdout"
	for _, s := range c.sinks {
		made, err := s.make(f.sinks, f.telling(s))
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
	f.letters = c.o.queue.box(c.o.state)
	for i, s := range c.sinks {
		if err := s.queue.open(c.o.state, board, &f.sinks.configs[i], f.letters); err != nil {
			return errors.Join(err, f.sinks.close())
		}
	}
	if err := tellForgotten(c.o.state, board, f.sinks); err != nil {
		return errors.Join(err, f.sinks.close())
	}
	var sources []source.Source
	for _, s := range c.sources {
		f.boards[s.Name] = board.Part()
		made, err := s.source(parent, f.state.parts(f.boards[s.Name], f.sinks, s.Name))
		if err != nil {
			return errors.Join(err, f.sinks.close())
		}
		sources = append(sources, made)
	}
	return c.o.collect(parent, f.sinks, capture.Config{
		Sources: sources, Stages: c.stages, Routes: c.routes, Store: f.state.store, Kept: f.state.loaded.Sections, Board: board,
	}, f)
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

// unchangeable says what of a new configuration only a new start can bring.
func (f *inForce) unchangeable(next *configured) error {
	for _, k := range []struct {
		section, key string
		same         bool
	}{
		{"state", "dir", f.now.o.state == next.o.state},
		{"state", "deadletters_size", f.now.o.queue.letters == next.o.queue.letters},
		{"admin", "listen", f.now.o.listen == next.o.listen},
		{"admin", "token_file", f.now.o.adminToken == next.o.adminToken},
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
	for _, s := range next.sinks {
		i := named(f.now.All("sinks"), s.Section.Name)
		if i < 0 {
			continue
		}
		if before := f.now.sinks[i].queue; *before != *s.queue && (before.kind == "disk" || s.queue.kind == "disk") {
			return s.Sub("queue").Errorf("", "end logcap and start it again, or give the sink another name", "a queue on disk changes with a new start only")
		}
	}
	return nil
}

// telling tells on the board what a sink does to records.
func (f *inForce) telling(s *configuredSink) func(error) {
	return func(err error) { f.board.Tell("sink "+s.Section.Name, err) }
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

// plan is what the collector is to become, and the boards of the sources that are made for it, by name.
func (f *inForce) plan(ctx context.Context, next *configured) (p capture.Plan, made map[string]*notice.Board) {
	p, made = capture.Plan{Stages: next.stages, Routes: next.routes}, map[string]*notice.Board{}
	for _, s := range next.sources {
		i := named(f.now.All("sources"), s.Name)
		p.Sources = append(p.Sources, capture.SourcePlan{
			Name: s.Name,
			Keep: !f.again && i >= 0 && f.now.sources[i].Fingerprint() == s.Fingerprint(),
			Make: func(resume source.State) (source.Source, error) {
				made[s.Name] = f.board.Part() // it is made twice: tried first
				parts := f.state.parts(made[s.Name], f.sinks, s.Name)
				if resume != nil {
					parts.resume, parts.again = resume, true
				}
				return s.source(ctx, parts)
			},
		})
	}
	for _, s := range next.sinks {
		plan := capture.SinkPlan{Config: s.Config, Alone: s.alone, Make: func() (sink.Sink, error) {
			made, err := s.make(f.sinks, f.telling(s))
			if err != nil {
				err = s.Errorf("", hintOf(err), "%v", err)
			}
			return made, err
		}}
		plan.Letters = f.letters
		if s.queue.kind == "disk" {
			plan.Queue = func() (*queue.Queue, error) { return s.queue.disk(f.now.o.state, f.board, s.Section.Name) }
		}
		if i := named(f.now.All("sinks"), s.Section.Name); i >= 0 {
			old := f.now.sinks[i]
			plan.Keep = old.Fingerprint() == s.Fingerprint()
			plan.Alone = plan.Alone && old.alone
			plan.Again = func() (sink.Sink, error) { return old.make(f.sinks, f.telling(old)) }
		}
		p.Sinks = append(p.Sinks, plan)
	}
	return p, made
}

// adopt takes over what a plan has made, and takes the problems of sources off the board that have ended.
func (f *inForce) adopt(next *configured, made map[string]*notice.Board) {
	for name, board := range f.boards {
		if made[name] != nil || named(next.All("sources"), name) < 0 {
			board.End()
			delete(f.boards, name)
		}
	}
	maps.Copy(f.boards, made)
	f.now = next
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
