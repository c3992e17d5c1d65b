package commands

import (
	"context"
	"errors"
	"strconv"

	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/source/docker"
	"github.com/logcap/logcap/commands/container"
)

// located are the targets with those that name containers replaced by what they
// stand for: the process, or the endpoint and how it is reached. Nothing is
// watched when one of them is not found.
func (s *streams) located(ctx context.Context, targets []scrape.Address) ([]scrape.Address, error) {
	var finder *container.Finder // of the first that is needed
	var failed []error
	all := make([]scrape.Address, 0, len(targets))
	for _, a := range targets {
		if a.Scheme == "docker" {
			var err error
			if finder == nil {
				if finder, err = s.finder(); err != nil {
					return nil, err
				}
			}
			if a, err = s.locate(ctx, finder, a); err != nil {
				failed = append(failed, err)
				continue
			}
		}
		all = append(all, a)
	}
	return all, errors.Join(failed...)
}

// finder asks the engine that capture would ask.
func (s *streams) finder() (*container.Finder, error) {
	e, err := engine.New(engine.FromEnvironment(s.lookup))
	if err != nil {
		return nil, usageOf(err)
	}
	near := func(word string, known []string) string { return nearWord(word, known, 3) }
	return container.New(container.Options{Engine: e, Own: docker.OwnID(), Near: near}), nil
}

// locate is what one container stands for.
func (s *streams) locate(ctx context.Context, f *container.Finder, a scrape.Address) (scrape.Address, error) {
	ref, err := container.ParseRef(a.Host)
	if err != nil {
		return scrape.Address{}, usageOf(err)
	}
	if ref.Port != 0 {
		route, err := f.Route(ctx, ref)
		if err != nil {
			return scrape.Address{}, err
		}
		s.progressf("%s: asked at %s", a.Name, route.Way())
		a.Scheme, a.Dial = "http", route.Dial
		return a, nil
	}
	p, err := f.Process(ctx, ref.Name)
	if err != nil {
		return scrape.Address{}, err
	}
	if p.Note != "" {
		s.progressf("%s: %s", a.Name, p.Note)
	}
	of, err := scrape.Parse("pid:" + strconv.Itoa(p.PID))
	of.Name, of.Labels = a.Name, a.Labels
	return of, err
}
