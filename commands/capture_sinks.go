package commands

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/sink"
)

// sinkSet is all destinations of one collector.
type sinkSet struct {
	configs []deliver.Config

	mu     sync.Mutex
	owners []func(fs.FileInfo) bool // say that a file is written by logcap
}

// notYet are kinds of destinations that the design has and this version has not.
var notYet = []string{"elastic", "otlp", "kafka", "nats", "splunk", "syslog"}

// sinks makes the destinations of --to, stdout when there are none. What they do to records is told on the board.
func (o *captureOptions) sinks(board *notice.Board) (*sinkSet, error) {
	specs := o.to
	if len(specs) == 0 {
		specs = []string{"stdout"}
	}
	set := o.newSinkSet()
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
	return set, nil
}

// newSinkSet is a set without destinations, which owns what logcap's streams are written to.
func (o *captureOptions) newSinkSet() *sinkSet {
	set := &sinkSet{}
	for _, w := range []any{o.out, o.err} {
		if f, ok := w.(*os.File); ok {
			set.own(f)
		}
	}
	return set
}

// sink makes one destination of --to.
func (o *captureOptions) sink(set *sinkSet, kind, rest, spec string, tell func(error)) (sink.Sink, error) {
	if i := slices.IndexFunc(sinkKinds, func(k sinkKind) bool { return k.name == kind }); i >= 0 {
		make, err := sinkKinds[i].flag(o, rest)
		if err != nil {
			return nil, err
		}
		return make(set, tell)
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
	s.owner(func(other fs.FileInfo) bool { return os.SameFile(info, other) })
}

// owner adds somebody who knows files that logcap writes.
func (s *sinkSet) owner(owns func(fs.FileInfo) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.owners = append(s.owners, owns)
}

// owns says that a file is logcap's own output; from any goroutine.
func (s *sinkSet) owns(info fs.FileInfo) bool {
	s.mu.Lock()
	owners := slices.Clip(s.owners)
	s.mu.Unlock()
	return slices.ContainsFunc(owners, func(owns func(fs.FileInfo) bool) bool { return owns(info) })
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
