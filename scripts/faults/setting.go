package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// setting is a configuration of two sources and of sink a, which is judged, and what may change in it. What
// changes never costs sink a a line: a source that is taken away comes back under its name.
type setting struct {
	dir   string
	url   string // of sink a
	queue string // of sink a, which only a new start may change

	maxLine  int      // MiB, of source main
	second   []string // the logs that source second reads; nil: there is none
	compress string
	retry    int    // ms
	kind     string // of the sink beside; "": there is none
	waits    string // the queue of the sink beside
	routes   int
	stages   int
	broken   string // stands at the end; "": all is right
}

func newSetting(dir, url, queue, waits string) *setting {
	return &setting{dir: dir, url: url, queue: queue, waits: waits, maxLine: 1, second: []string{"b", "c"}, compress: "zstd", retry: 100}
}

// whole is the setting with which every line arrives.
func (s setting) whole() *setting {
	s.second, s.broken = []string{"b", "c"}, ""
	return &s
}

// parts of a setting that may change.
const (
	partSources = 1 << iota
	partSinks
	partWays // routes and stages
	partBroken
	partAll = partSources | partSinks | partWays | partBroken
)

// changed is the setting with a change at random in one of some parts, and now and then with none.
func (s setting) changed(parts int) *setting {
	s.broken = ""
	for {
		switch part := 1 << rand.IntN(5); part & (parts | 1<<4) {
		case partSources:
			s.changeSources()
		case partSinks:
			s.changeSinks()
		case partWays:
			s.routes, s.stages = rand.IntN(4), rand.IntN(4)
		case partBroken:
			s.broken = []string{"nonsense: 1\n", "\t- {\n", "multiline_timeout: 7s\n", "routes: [{sinks: [nobody]}]\n"}[rand.IntN(4)]
		case 1 << 4: // nothing
		default:
			continue
		}
		return &s
	}
}

func (s *setting) changeSources() {
	switch rand.IntN(3) {
	case 0:
		s.maxLine = 1 + rand.IntN(4)
	case 1:
		s.second = [][]string{nil, {"b"}, {"c"}}[rand.IntN(3)]
	default:
		s.second = []string{"b", "c"}
	}
}

func (s *setting) changeSinks() {
	switch rand.IntN(3) {
	case 0:
		s.compress = []string{"zstd", "gzip", "none"}[rand.IntN(3)]
	case 1:
		s.retry = 20 + rand.IntN(200)
	default:
		s.kind = []string{"", "null", "file", "http"}[rand.IntN(4)]
	}
}

// text is the file.
func (s *setting) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "state: {dir: %s}\nsources:\n  main: {type: file, from_start: true, max_line: %dMiB, paths: ['%s']}\n", filepath.Join(s.dir, "state"), s.maxLine, filepath.Join(s.dir, "a.log*"))
	if s.second != nil {
		fmt.Fprintf(&b, "  second:\n    type: file\n    from_start: true\n    paths:\n")
		for _, log := range s.second {
			fmt.Fprintf(&b, "      - '%s'\n", filepath.Join(s.dir, log+".log*"))
		}
	}
	b.WriteString([]string{"",
		"stages: [{type: json}]\n",
		"stages: [{type: multiline, start: '^line '}]\n",
		"stages: [{type: multiline, start: '^line ', sources: [main]}, {type: json}]\n",
	}[s.stages])
	if !strings.HasPrefix(s.broken, "routes") {
		b.WriteString(s.wayText())
	}
	fmt.Fprintf(&b, "sinks:\n  a:\n    type: http\n    url: %s\n    timeout: 1s\n    compress: %s\n    retry: {first: %dms, most: %dms}\n    queue: %s\n", s.url, s.compress, s.retry, 4*s.retry, s.queue)
	switch s.kind {
	case "null":
		fmt.Fprintf(&b, "  beside: {type: null, queue: %s}\n", s.waits)
	case "file":
		fmt.Fprintf(&b, "  beside: {type: file, path: '%s', rotate: 4MiB, keep: 1, queue: %s}\n", filepath.Join(s.dir, "beside.jsonl"), s.waits)
	case "http": // nobody listens there
		fmt.Fprintf(&b, "  beside: {type: http, url: 'http://127.0.0.1:9/', queue: %s}\n", s.waits)
	}
	return b.String() + s.broken
}

// wayText is the routes: all of them lead everything to sink a.
func (s *setting) wayText() string {
	switch {
	case s.routes == 0:
		return ""
	case s.kind == "":
		return "routes: [{sinks: [a]}]\n"
	case s.routes == 1:
		return "routes: [{sinks: [a]}, {sources: [main], sinks: [beside]}]\n"
	case s.routes == 2:
		return "routes: [{names: ['a.*'], sinks: [beside, a]}, {otherwise: true, sinks: [a]}]\n"
	}
	return "routes: [{sinks: [a]}, {names: ['b.*', 'c.*'], sinks: [beside]}]\n"
}

// write puts the file in the place of the one before, at once.
func (s *setting) write(path string) error {
	if err := os.WriteFile(path+".new", []byte(s.text()), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
