package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/sink"
)

// sinkSet is all destinations of one collector.
type sinkSet struct {
	configs []deliver.Config
	owners  []func(fs.FileInfo) bool // say that a file is written by logcap
}

// notYet are kinds of destinations that the design has and this version has not.
var notYet = []string{"elastic", "otlp", "kafka", "nats", "splunk", "syslog"}

// sinks makes the destinations of --to, stdout when there are none. What they do to records is told on the board.
func (o *captureOptions) sinks(board *notice.Board) (*sinkSet, error) {
	specs := o.to
	if len(specs) == 0 {
		specs = []string{"stdout"}
	}
	set := &sinkSet{}
	count := map[string]int{}
	for _, spec := range specs {
		kind, rest, _ := strings.Cut(spec, "=")
		kind, options, _ := strings.Cut(kind, "#")
		if options != "" {
			return nil, errors.Join(usagef("", "sink %s takes no options", kind), set.close())
		}
		count[kind]++
		name := kind
		if count[kind] > 1 {
			name = fmt.Sprintf("%s-%d", kind, count[kind])
		}
		made, err := o.sink(set, kind, rest, spec, func(err error) { board.Tell("sink "+name, err) })
		if err != nil {
			return nil, errors.Join(usageOf(err), set.close())
		}
		set.configs = append(set.configs, deliver.Config{Name: name, Sink: made})
	}
	if count["stdout"] > 1 {
		return nil, errors.Join(usagef("", "--to stdout was given twice"), set.close())
	}
	for _, w := range []any{o.out, o.err} {
		if f, ok := w.(*os.File); ok {
			set.own(f)
		}
	}
	return set, nil
}

// sink makes one destination.
func (o *captureOptions) sink(set *sinkSet, kind, rest, spec string, tell func(error)) (sink.Sink, error) {
	switch kind {
	case "null", "stdout":
		if rest != "" {
			return nil, usagef("", "sink %s takes no address, and %q was given", kind, rest)
		}
		if kind == "null" {
			return &sink.Null{}, nil
		}
		return sink.NewStdout(sink.StdoutOptions{W: o.out, Terminal: o.terminal(o.out), Color: o.colored(o.out), Width: o.width(o.out)}), nil
	case "file":
		opts, err := sink.ParseFile(rest)
		if err != nil {
			return nil, err
		}
		f, err := sink.NewFile(opts)
		if err != nil {
			return nil, err
		}
		set.owners = append(set.owners, f.Owns)
		return f, nil
	case "http":
		opts, err := sink.ParseHTTP(rest)
		if err != nil {
			return nil, err
		}
		opts.UserAgent = "logcap/" + version()
		return sink.NewHTTP(opts)
	case "loki":
		opts, err := sink.ParseLoki(rest)
		if err != nil {
			return nil, err
		}
		opts.HTTP.UserAgent = "logcap/" + version()
		opts.Tell = tell
		return sink.NewLoki(opts)
	}
	const kinds = "sinks are stdout, null, file=PATH, http=URL and loki=URL"
	switch {
	case slices.Contains(notYet, kind):
		return nil, usagef(kinds, "sink %s is not there yet", kind)
	case strings.Contains(spec, "://"):
		return nil, usagef("write --to http="+spec, "sink %q begins with an address and not with a kind", spec)
	}
	return nil, usagef(kinds, "there is no sink %q", kind)
}

// own takes a stream of ours for output when it is a file.
func (s *sinkSet) own(f *os.File) {
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	s.owners = append(s.owners, func(other fs.FileInfo) bool { return os.SameFile(info, other) })
}

// owns says that a file is logcap's own output.
func (s *sinkSet) owns(info fs.FileInfo) bool {
	return slices.ContainsFunc(s.owners, func(owns func(fs.FileInfo) bool) bool { return owns(info) })
}

// close ends sinks that no collector was made for.
func (s *sinkSet) close() error {
	var err error
	for _, c := range s.configs {
		err = errors.Join(err, c.Sink.Close())
		if c.Queue != nil {
			err = errors.Join(err, c.Queue.Close())
		}
	}
	return err
}

// onlyStdout says that there is no destination but stdout.
func onlyStdout(to []string) bool {
	return len(to) == 0 || len(to) == 1 && to[0] == "stdout"
}
