package commands

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/logcap/logcap/capture/config"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// sinkMaker makes one destination; files that it writes are the set's, and what it does to records is told.
type sinkMaker func(set *sinkSet, tell func(error)) (sink.Sink, error)

// sinkKind is a kind of destination.
type sinkKind struct {
	name  string
	alone bool         // two to the same place cannot be there at once
	keys  []config.Key // of a section of it

	// flag reads what stands behind --to KIND=.
	flag func(o *captureOptions, rest string) (sinkMaker, error)
	// section reads a section of the configuration. Nothing is opened yet.
	section func(o *captureOptions, c *config.Section) (sinkMaker, error)
}

// sinkKinds are all kinds there are. A new one is an entry here.
var sinkKinds = []sinkKind{
	{name: "stdout", flag: noAddress("stdout", newStdout), section: noKeys(newStdout)},
	{name: "null", flag: noAddress("null", newNull), section: noKeys(newNull)},
	{
		name: "file", alone: true, flag: fileFlag, section: fileSection,
		keys: []config.Key{
			{Name: "path", Required: true},
			{Name: "format", Choices: []string{"json", "text"}, Default: "json"},
			{Name: "rotate", Type: config.Size},
			{Name: "max_age", Type: config.Duration},
			{Name: "keep", Type: config.Number},
			{Name: "compress", Choices: []string{"none", "gzip", "zstd"}},
			{Name: "sync", Type: config.Bool, Default: "false"},
		},
	},
	{
		name: "http", flag: httpFlag, section: httpSection,
		keys: []config.Key{
			{Name: "url", Required: true, Mask: maskURL},
			{Name: "compress", Choices: []string{"zstd", "gzip", "none"}, Default: "zstd"},
			{Name: "timeout", Type: config.Duration, Default: "30s"},
			{Name: "token_file", Check: readableFile, Group: "authorization"},
			{Name: "basic_file", Check: readableFile, Group: "authorization"},
			{Name: "header_file", Check: readableFile},
			{Name: "ca_file", Check: readableFile},
		},
	},
	{
		name: "loki", flag: lokiFlag, section: lokiSection,
		keys: []config.Key{
			{Name: "url", Required: true, Mask: maskURL},
			{Name: "tenant"},
			{Name: "line", Choices: []string{"message", "json"}, Default: "message"},
			{Name: "labels", Type: config.Texts},
			{Name: "add", Type: config.Pairs},
			{Name: "label_names", Type: config.Number, Default: "15", Check: positive},
			{Name: "label_values", Type: config.Number, Default: "500", Check: positive},
			{Name: "timeout", Type: config.Duration, Default: "30s"},
			{Name: "token_file", Check: readableFile, Group: "authorization"},
			{Name: "basic_file", Check: readableFile, Group: "authorization"},
			{Name: "header_file", Check: readableFile},
			{Name: "ca_file", Check: readableFile},
		},
	},
}

func newNull(*captureOptions) sink.Sink { return &sink.Null{} }

func newStdout(o *captureOptions) sink.Sink {
	return sink.NewStdout(sink.StdoutOptions{W: o.out, Terminal: o.terminal(o.out), Color: o.colored(o.out), Width: o.width(o.out)})
}

func noAddress(kind string, make func(*captureOptions) sink.Sink) func(*captureOptions, string) (sinkMaker, error) {
	return func(o *captureOptions, rest string) (sinkMaker, error) {
		if rest != "" {
			return nil, usagef("", "sink %s takes no address, and %q was given", kind, rest)
		}
		return func(*sinkSet, func(error)) (sink.Sink, error) { return make(o), nil }, nil
	}
}

func noKeys(make func(*captureOptions) sink.Sink) func(*captureOptions, *config.Section) (sinkMaker, error) {
	return func(o *captureOptions, _ *config.Section) (sinkMaker, error) {
		return func(*sinkSet, func(error)) (sink.Sink, error) { return make(o), nil }, nil
	}
}

func fileFlag(_ *captureOptions, rest string) (sinkMaker, error) {
	opts, err := sink.ParseFile(rest)
	return fileMaker(opts), err
}

func fileMaker(opts sink.FileOptions) sinkMaker {
	return func(set *sinkSet, _ func(error)) (sink.Sink, error) {
		f, err := sink.NewFile(opts)
		if err != nil {
			return nil, err
		}
		set.owner(f.Owns)
		return f, nil
	}
}

func fileSection(_ *captureOptions, c *config.Section) (sinkMaker, error) {
	opts, err := sink.ParseFile(c.Text("path") + "#format=" + c.Text("format")) // so that a # in the path is none of options
	if err != nil {
		return nil, inSection(c, "path", err)
	}
	opts.Rotate, opts.MaxAge, opts.Keep = c.Size("rotate"), c.Duration("max_age"), c.Number("keep")
	opts.Compress, opts.Sync = c.Text("compress"), c.Bool("sync")
	for _, name := range []string{"keep", "compress"} {
		if c.Has(name) && opts.Rotate == 0 && opts.MaxAge == 0 {
			return nil, c.Errorf(name, "add rotate: 100MiB or max_age: 24h", "it is about rotated files, and nothing rotates")
		}
	}
	return fileMaker(opts), nil
}

func httpFlag(o *captureOptions, rest string) (sinkMaker, error) {
	opts, err := sink.ParseHTTP(rest)
	return httpMaker(opts), err
}

func httpMaker(opts sink.HTTPOptions) sinkMaker {
	opts.UserAgent = "logcap/" + version()
	return func(*sinkSet, func(error)) (sink.Sink, error) { return sink.NewHTTP(opts) }
}

func httpSection(_ *captureOptions, c *config.Section) (sinkMaker, error) {
	url := c.Text("url")
	if strings.Contains(url, "#") {
		return nil, c.Errorf("url", "options are keys of their own here", "it has a #")
	}
	opts, err := sink.ParseHTTP(url)
	if err != nil {
		return nil, inSection(c, "url", err)
	}
	opts.Compress, opts.Timeout = c.Text("compress"), c.Duration("timeout")
	secretFiles(&opts, c)
	return httpMaker(opts), nil
}

func secretFiles(opts *sink.HTTPOptions, c *config.Section) {
	opts.TokenFile, opts.BasicFile = c.Text("token_file"), c.Text("basic_file")
	opts.HeaderFile, opts.CAFile = c.Text("header_file"), c.Text("ca_file")
}

func lokiFlag(_ *captureOptions, rest string) (sinkMaker, error) {
	opts, err := sink.ParseLoki(rest)
	return lokiMaker(opts), err
}

func lokiMaker(opts sink.LokiOptions) sinkMaker {
	opts.HTTP.UserAgent = "logcap/" + version()
	return func(_ *sinkSet, tell func(error)) (sink.Sink, error) {
		opts.Tell = tell
		return sink.NewLoki(opts)
	}
}

func lokiSection(_ *captureOptions, c *config.Section) (sinkMaker, error) {
	url := c.Text("url")
	if strings.Contains(url, "#") {
		return nil, c.Errorf("url", "options are keys of their own here", "it has a #")
	}
	opts, err := sink.ParseLoki(url)
	if err != nil {
		return nil, inSection(c, "url", err)
	}
	opts.Tenant, opts.JSON, opts.Labels = c.Text("tenant"), c.Text("line") == "json", c.Texts("labels")
	pairs := c.Pairs("add")
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		opts.Add = append(opts.Add, record.Attr{Key: name, Value: pairs[name]})
	}
	opts.Names, opts.Values, opts.HTTP.Timeout = c.Number("label_names"), c.Number("label_values"), c.Duration("timeout")
	secretFiles(&opts.HTTP, c)
	if err := opts.Check(); err != nil {
		return nil, inLoki(c, err)
	}
	return lokiMaker(opts), nil
}

// inLoki gives a mistake in the options of Loki its place, and the names that keys have.
func inLoki(c *config.Section, err error) error {
	e := inSection(c, "", err)
	var placed *config.Error
	if !errors.As(e, &placed) {
		return e
	}
	text := strings.TrimPrefix(placed.Text, "sinks."+c.Name+": ")
	for _, key := range []string{"labels", "add", "tenant"} {
		if strings.HasPrefix(text, key+"=") {
			text = strings.TrimPrefix(strings.TrimPrefix(text, key+"="), ": ")
			return c.Errorf(key, asKeys(hintOf(e)), "%s", text)
		}
	}
	key := ""
	if strings.Contains(text, "label names") && c.Has("labels") {
		key = "labels"
	}
	return c.Errorf(key, asKeys(hintOf(e)), "%s", text)
}

// inSection gives a mistake in a destination its place.
func inSection(c *config.Section, key string, err error) error {
	text := err.Error()
	var spec *sink.SpecError
	if errors.As(err, &spec) {
		text = spec.Text
	}
	return c.Errorf(key, asKeys(hintOf(err)), "%s", text)
}

// option is how an option behind a # is written in words.
var option = regexp.MustCompile(`#?\b([a-z]+(?:-[a-z]+)*)=([A-Z]+)\b`)

// labelOptions are options that a hint names with something else behind them.
var labelOptions = strings.NewReplacer("label-names=", "label_names", "labels=", "labels: ", "add=", "add: ")

// asKeys is a hint about options behind a # as one about keys.
func asKeys(hint string) string {
	hint = labelOptions.Replace(hint)
	return option.ReplaceAllStringFunc(hint, func(found string) string {
		name, value, _ := strings.Cut(strings.TrimPrefix(found, "#"), "=")
		return strings.ReplaceAll(name, "-", "_") + ": " + value
	})
}
