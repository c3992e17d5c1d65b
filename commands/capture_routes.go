package commands

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/config"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/tap"
)

func (c *configured) readRoutes() error {
	var errs []error
	routes := c.All("routes")
	for _, s := range routes {
		errs = append(errs, c.names(s, "sources"), c.names(s, "sinks"))
		c.routes = append(c.routes, capture.Route{Takes: condition(s), Otherwise: s.Bool("otherwise"), Sinks: s.Texts("sinks")})
	}
	if len(routes) == 0 {
		return config.Join(c.o.config, errs...)
	}
	leads := func(key, name string, all bool) bool {
		return slices.ContainsFunc(routes, func(r *config.Section) bool {
			return all && !r.Has(key) || slices.Contains(r.Texts(key), name)
		})
	}
	for _, s := range c.sinks {
		if !leads("sinks", s.Section.Name, false) {
			errs = append(errs, s.Errorf("", "name it in a route, or take it out", "no route leads to it"))
		}
	}
	for _, s := range c.sources {
		if !leads("sources", s.Name, true) {
			errs = append(errs, s.Errorf("", "name it in a route, or add a route with otherwise: true", "no route takes what it reads"))
		}
	}
	return config.Join(c.o.config, errs...)
}

// names says which names of sources or sinks in a section are none.
func (c *configured) names(s *config.Section, key string) error {
	of := func(key string) (all []string) {
		for _, other := range c.All(key) {
			all = append(all, other.Name)
		}
		return all
	}
	known := of(key)
	var errs []error
	for i, name := range s.Texts(key) {
		if slices.Contains(known, name) {
			continue
		}
		hint := key + " are " + strings.Join(known, ", ")
		if near := nearWord(name, known, 2); near != "" {
			hint = "did you mean " + near + "?"
		}
		text := fmt.Sprintf("%s has no %q", key, name)
		if key == "sinks" && slices.Contains(of("sources"), name) {
			text += ": that is a source"
		}
		errs = append(errs, s.ItemErrorf(key, i, hint, "%s", text))
	}
	return config.Join(c.o.config, errs...)
}

// flat makes * of a glob go over slashes too: images have them.
var flat = strings.NewReplacer("/", "\x00")

// condition is that of a route.
func condition(s *config.Section) func(string, *record.Origin) bool {
	sources, names, not, attributes := s.Texts("sources"), s.Texts("names"), s.Texts("not_names"), s.Pairs("attributes")
	matches := func(globs []string, name string) bool {
		return slices.ContainsFunc(globs, func(glob string) bool { return tap.Named(glob, name) })
	}
	return func(source string, o *record.Origin) bool {
		if sources != nil && !slices.Contains(sources, source) || names != nil && !matches(names, o.Name) || matches(not, o.Name) {
			return false
		}
		for key, glob := range attributes {
			i := slices.IndexFunc(o.Attrs, func(a record.Attr) bool { return a.Key == key })
			if i < 0 {
				return false
			}
			if ok, err := doublestar.Match(flat.Replace(glob), flat.Replace(o.Attrs[i].Value)); !ok || err != nil {
				return false
			}
		}
		return true
	}
}
