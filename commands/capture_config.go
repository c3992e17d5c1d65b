package commands

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/config"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/process"
)

// configured is a configuration that was read and has no mistake, and what it says.
type configured struct {
	*config.Section
	o       *captureOptions // what holds for the whole collector
	sources []*configuredSource
	sinks   []*configuredSink
	stages  []capture.Stage
	routes  []capture.Route
}

// configuredSource is a section of sources.
type configuredSource struct {
	*config.Section
	o *captureOptions // with what the section says
}

// configuredSink is a section of sinks.
type configuredSink struct {
	*config.Section
	deliver.Config // without its Sink and its Queue
	queue          *queueOptions
	make           sinkMaker
	alone          bool
}

// inFile are flags that say what a configuration has sections for.
var inFile = []struct{ flag, section string }{
	{"docker", "sources"}, {"exclude", "sources"}, {"to", "sinks"}, {"multiline", "stages"}, {"json", "stages"},
}

// excluded finds what can be said by flags or by a configuration, and not by both.
func (o *captureOptions) excluded() error {
	if o.config == "" {
		return nil
	}
	if len(o.paths) > 0 {
		return usagef("add it to sources in "+o.config, "PATH %s and a configuration exclude each other", o.paths[0])
	}
	for _, f := range inFile {
		if _, from, ok := o.given(f.flag); ok {
			return usagef("write it into "+f.section+" of "+o.config, "%s and a configuration exclude each other", from)
		}
	}
	return nil
}

// given is the value of a flag that the command line or the environment has set, and how that is called.
func (o *captureOptions) given(name string) (text, from string, ok bool) {
	f := o.set.Lookup(name)
	if f == nil || !f.Changed {
		return "", "", false
	}
	from = "--" + name
	if v := f.Annotations[fromVariable]; len(v) > 0 {
		from = v[0]
	}
	if many, ok := f.Value.(pflag.SliceValue); ok {
		return strings.Join(many.GetSlice(), ","), from, true
	}
	return f.Value.String(), from, true
}

// readConfig reads the configuration, with the flags that win over it. The error names all mistakes.
func (o *captureOptions) readConfig() (*configured, error) {
	text, err := os.ReadFile(o.config)
	if err != nil {
		return nil, usagef("", "read the configuration: %w", err)
	}
	reader := config.Reader{
		Keys: captureKeys(), Lookup: o.lookup, Given: o.given,
		Near: func(word string, known []string) string { return nearWord(word, known, min(2, len(word)-1)) },
	}
	s, err := reader.Read(o.config, text)
	if err != nil {
		return nil, usageOf(err)
	}
	c := &configured{Section: s, o: &captureOptions{}}
	*c.o = *o
	c.o.state, c.o.listen = s.Sub("state").Text("dir"), s.Sub("admin").Text("listen")
	c.o.adminToken, c.o.queue.letters = s.Sub("admin").Text("token_file"), diskSize(s.Sub("state").Size("deadletters_size"))
	c.o.drain, c.o.hold, c.o.noFollow = s.Duration("drain_timeout"), s.Duration("multiline_timeout"), s.Bool("no_follow")
	var errs []error
	for _, key := range []string{"drain_timeout", "multiline_timeout"} {
		if s.Duration(key) <= 0 {
			errs = append(errs, s.Errorf(key, "", "it is more than 0"))
		}
	}
	errs = append(errs, c.readSources(), c.readSinks(), c.readStages(), c.readRoutes())
	if err := config.Join(o.config, errs...); err != nil {
		return nil, usageOf(err)
	}
	return c, nil
}

func (c *configured) readSources() error {
	var errs []error
	input := ""
	for _, s := range c.All("sources") {
		o := *c.o
		o.fromStart, o.since, o.tail = s.Bool("from_start"), s.Text("since"), -1
		if s.Has("tail") {
			o.tail = s.Number("tail")
		}
		o.maxLine, o.splitLong = byteSize(s.Size("max_line")), s.Bool("split_long")
		o.paths, o.exclude = s.Texts("paths"), s.Texts("exclude")
		o.docker, o.read, o.labels = s.Texts("filters"), s.Text("read"), s.Texts("labels")
		c.sources = append(c.sources, &configuredSource{s, &o})
		if s.Kind == "stdin" {
			if input != "" {
				errs = append(errs, s.Errorf("", "", "sources.%s reads standard input already", input))
			}
			input = s.Name
		}
	}
	return config.Join(c.o.config, errs...)
}

func (c *configured) readSinks() error {
	var errs []error
	output := ""
	for i, s := range c.All("sinks") {
		for _, before := range c.All("sinks")[:i] {
			if strings.EqualFold(before.Name, s.Name) { // their queues would be one directory where case makes none
				errs = append(errs, s.Errorf("", "", "sinks.%s has the same name but for its case", before.Name))
			}
		}
		kind := sinkKinds[slices.IndexFunc(sinkKinds, func(k sinkKind) bool { return k.name == s.Kind })]
		make, err := kind.section(c.o, s)
		errs = append(errs, err)
		retry := s.Sub("retry")
		cfg := deliver.Config{
			Name: s.Name, RetryFirst: retry.Duration("first"), RetryMost: retry.Duration("most"), BreakAfter: retry.Number("break_after"),
		}
		queue := queueOf(s.Sub("queue"))
		queue.config(&cfg, nil)
		errs = append(errs, queueMistake(s.Sub("queue"), c.o.state))
		if cfg.RetryMost < cfg.RetryFirst {
			errs = append(errs, retry.Errorf("most", "", "it is shorter than first"))
		}
		c.sinks = append(c.sinks, &configuredSink{s, cfg, queue, make, kind.alone})
		if s.Kind == "stdout" {
			if output != "" {
				errs = append(errs, s.Errorf("", "", "sinks.%s writes to stdout already", output))
			}
			output = s.Name
		}
	}
	return config.Join(c.o.config, errs...)
}

// queueOf is what a sink's section says of its queue.
func queueOf(s *config.Section) *queueOptions {
	q := &queueOptions{kind: s.Text("in"), size: diskSize(s.Size("size")), full: s.Text("full"), sync: s.Text("sync")}
	if q.sync == "" {
		q.sync = defaultSync
	}
	return q
}

// queueMistake says what is wrong with values of a queue that are right one by one.
func queueMistake(s *config.Section, state string) error {
	switch disk := s.Text("in") == "disk"; {
	case disk && state == "":
		return s.Errorf("in", "add state: {dir: DIR}, or --state", "a queue on disk needs a directory")
	case disk && s.Has("size") && s.Size("size") < 1<<20:
		return s.Errorf("size", "", "%q is less than 1 MiB", s.Text("size"))
	case !disk && s.Has("sync"):
		return s.Errorf("sync", "add in: disk", "it is about a queue on disk, and this one is in memory")
	}
	return nil
}

func (c *configured) readStages() error {
	var errs []error
	for _, s := range c.All("stages") {
		errs = append(errs, c.names(s, "sources"))
		stage := capture.Stage{ID: s.Fingerprint(), Sources: s.Texts("sources"), Make: process.NewJSON}
		if s.Kind == "multiline" {
			opt := process.MultilineOptions{Names: s.Texts("traces"), Start: s.Text("start"), Continue: s.Text("continue")}
			if len(opt.Names) == 0 && opt.Start == "" && opt.Continue == "" {
				errs = append(errs, s.Errorf("", "add traces: [java, python], or start or continue with a regular expression", "it does not say what is one event"))
				continue
			}
			make, err := process.NewMultiline(opt)
			if err != nil {
				errs = append(errs, s.Errorf("", "", "%v", err))
			}
			stage.Make = make
		}
		c.stages = append(c.stages, stage)
	}
	return config.Join(c.o.config, errs...)
}

// mistakes are those of a configuration that cannot be used, one by one.
func mistakes(err error) []error {
	var all config.Errors
	if errors.As(err, &all) {
		return all.Unwrap()
	}
	return []error{err}
}
