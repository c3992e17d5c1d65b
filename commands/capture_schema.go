package commands

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/logcap/logcap/capture/config"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/queue"
	"github.com/logcap/logcap/capture/source/docker"
	"github.com/logcap/logcap/capture/source/file"
)

// captureKeys are the keys of a configuration.
func captureKeys() []config.Key {
	return []config.Key{
		{Name: "state", Type: config.Sub, Keys: []config.Key{
			{Name: "dir", Flag: "state"},
			{Name: "deadletters_size", Type: config.Size, Default: "100MiB", Check: queueText, Flag: "deadletters-size"},
		}},
		{Name: "admin", Type: config.Sub, Keys: []config.Key{
			{Name: "listen", Flag: "listen"},
			{Name: "token_file", Check: readableFile, Flag: "admin-token-file"},
		}},
		{Name: "drain_timeout", Type: config.Duration, Default: "10s", Flag: "drain-timeout"},
		{Name: "no_follow", Type: config.Bool, Default: "false", Flag: "no-follow"},
		{Name: "multiline_timeout", Type: config.Duration, Default: "1s", Flag: "multiline-timeout"},
		{Name: "sources", Type: config.Named, Required: true, Check: partName, Kinds: sourceKinds()},
		{Name: "stages", Type: config.Steps, Kinds: stageKinds()},
		{Name: "routes", Type: config.Steps, Keys: []config.Key{
			{Name: "sources", Type: config.Texts},
			{Name: "names", Type: config.Texts, Check: globText},
			{Name: "not_names", Type: config.Texts, Check: globText},
			{Name: "attributes", Type: config.Pairs, Check: globText},
			{Name: "otherwise", Type: config.Bool},
			{Name: "sinks", Type: config.Texts, Required: true},
		}},
		{Name: "sinks", Type: config.Named, Required: true, Check: partName, Kinds: sinkSections()},
	}
}

func sourceKinds() []config.Kind {
	start := []config.Key{
		{Name: "from_start", Type: config.Bool, Flag: "from-start", Group: "start"},
		{Name: "since", Check: sinceText, Flag: "since", Group: "start"},
		{Name: "tail", Type: config.Number, Flag: "tail", Group: "start"},
	}
	lines := []config.Key{
		{Name: "max_line", Type: config.Size, Default: "1MiB", Check: lineText, Flag: "max-line"},
	}
	split := config.Key{Name: "split_long", Type: config.Bool, Default: "false", Flag: "split-long"}
	join := func(lists ...[]config.Key) (all []config.Key) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	return []config.Kind{
		{Name: "docker", Keys: join([]config.Key{
			{Name: "filters", Type: config.Texts, Check: filterText},
			{Name: "read", Choices: []string{"auto", "api", "json-file"}, Default: "auto", Flag: "docker-read"},
			{Name: "labels", Type: config.Texts, Flag: "docker-labels"},
		}, start, lines)},
		{Name: "file", Keys: join([]config.Key{
			{Name: "paths", Type: config.Texts, Required: true, Check: pathText},
			{Name: "exclude", Type: config.Texts, Check: excludeText},
		}, start, lines, []config.Key{split})},
		{Name: "stdin", Keys: join(lines, []config.Key{split})},
	}
}

func stageKinds() []config.Kind {
	sources := config.Key{Name: "sources", Type: config.Texts}
	return []config.Kind{
		{Name: "multiline", Keys: []config.Key{
			{Name: "traces", Type: config.Texts, Choices: process.Languages(), Group: "rule"},
			{Name: "start", Check: patternText, Group: "rule"},
			{Name: "continue", Check: patternText, Group: "rule"},
			sources,
		}},
		{Name: "json", Keys: []config.Key{sources}},
	}
}

// sinkSections are the kinds of sinks, with the keys that every sink has.
func sinkSections() []config.Kind {
	var all []config.Kind
	for _, k := range sinkKinds {
		keys := append([]config.Key{}, k.keys...)
		all = append(all, config.Kind{Name: k.name, Keys: append(keys,
			config.Key{Name: "queue", Type: config.Sub, Keys: []config.Key{
				{Name: "in", Choices: []string{"memory", "disk"}, Default: "memory", Flag: "queue"},
				{Name: "size", Type: config.Size, Check: positive, Flag: "queue-size"},
				{Name: "full", Choices: []string{"block", "drop-oldest"}, Default: "block", Flag: "queue-full"},
				{Name: "sync", Check: syncText, Flag: "queue-sync"},
			}},
			config.Key{Name: "retry", Type: config.Sub, Keys: []config.Key{
				{Name: "first", Type: config.Duration, Default: "500ms", Check: positive},
				{Name: "most", Type: config.Duration, Default: "30s", Check: positive},
				{Name: "break_after", Type: config.Number, Default: "5", Check: positive},
			}},
		)})
	}
	return all
}

// What is wrong with a value, as the part says that it is for.

// mostName is how long the name of a source or a sink may be, in bytes: it is part of paths and of metrics.
const mostName = 64

// partName says what is wrong with the name of a source or a sink: it is a label in metrics, and that of a queue's directory.
func partName(name string) error {
	other := func(c rune) bool {
		return c != '-' && c != '_' && c != '.' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	}
	switch {
	case name == "":
		return errors.New("a name is empty")
	case len(name) > mostName:
		return fmt.Errorf("the name %q has %d characters, and may have %d", name, len(name), mostName)
	case name[0] == '.', strings.ContainsFunc(name, other):
		return usagef("names are of letters, digits, - _ and ., and do not begin with a dot", "%q cannot be a name", name)
	}
	return nil
}

func positive(text string) error {
	if text == "0" || text == "0s" {
		return errors.New("it is more than 0")
	}
	return nil
}

func queueText(text string) error {
	var size diskSize
	return size.Set(text)
}

func syncText(text string) error {
	_, err := queue.ParseSync(text)
	return err
}

func lineText(text string) error {
	var size byteSize
	return size.Set(text)
}

func sinceText(text string) error {
	_, err := sinceOf(text, time.Now())
	return err
}

func globText(text string) error {
	if !doublestar.ValidatePattern(text) {
		return usagef("* ? [a-z] {a,b} and ** for any number of directories", "%q is no glob", text)
	}
	return nil
}

func pathText(text string) error {
	if text == "-" {
		return usagef("make it a source with type: stdin", "standard input is no path")
	}
	_, err := file.New(file.Options{Patterns: []string{text}})
	return err
}

func excludeText(text string) error {
	_, err := file.New(file.Options{Patterns: []string{"x"}, Exclude: []string{text}})
	return err
}

func filterText(text string) error {
	_, err := docker.ParseSelection([]string{text})
	return err
}

func patternText(text string) error {
	if text == "" {
		return errors.New("it is empty")
	}
	if _, err := process.NewMultiline(process.MultilineOptions{Start: text}); err != nil {
		return usagef("patterns are regular expressions of Go (RE2)", "%w", err)
	}
	return nil
}

// readableFile says why a file that holds a secret cannot be read.
func readableFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		var in *fs.PathError
		if errors.As(err, &in) {
			err = in.Err
		}
		return usagef("it is read again each time, and has to be there", "read %s: %w", path, err)
	}
	defer f.Close()
	if _, err := f.Read(make([]byte, 1)); err != nil && err != io.EOF {
		return usagef("", "read %s: it is no file", path)
	}
	return nil
}

// maskURL leaves out of an address what may be secret.
func maskURL(address string) string {
	address, query, has := strings.Cut(address, "?")
	if has && query != "" {
		address += "?***"
	}
	scheme, rest, _ := strings.Cut(address, "://")
	host, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		return scheme + "://***" + host[i:] + "/" + path
	}
	return address
}
