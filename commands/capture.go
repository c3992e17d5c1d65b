package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/selfwatch"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/tap"
)

type captureOptions struct {
	*streams
	set     *pflag.FlagSet // which flags were given
	config  string         // a file; "": flags say everything
	paths   []string
	docker  []string // filters; allContainers is none
	read    string
	labels  []string // of containers, that become attributes
	to      []string
	exclude []string

	state     string
	fromStart bool
	since     string
	tail      int
	listen    string
	drain     time.Duration
	noFollow  bool
	maxLine   byteSize
	splitLong bool

	multiline  string
	hold       time.Duration
	json       bool
	adminToken string // a file; who changes something by the endpoint has to know what it holds

	queue      queueOptions
	onlyStdout bool // there is no other destination
}

func newCapture(s *streams) *cobra.Command {
	opts := &captureOptions{streams: s, maxLine: 1 << 20}
	cmd := &cobra.Command{
		Use:   "capture [PATH...]",
		Short: "collect the logs of containers and files",
		Long: `Collect logs and deliver them, at least once, in the order of each origin.

Without a PATH these are the logs of all running Docker containers; with PATHs,
files and globs (** for any number of directories, - for standard input), and
containers too with --docker. What is there already is read from now on, what
appears later from its beginning; with --state a second run goes on where the
first one stopped.

With -c a YAML file says all this and more: several sources and sinks, and which
goes where. It is read again when it changes and on SIGHUP.

SIGTERM and Ctrl-C end it: what was read is delivered, for --drain-timeout at
most, positions are kept, and the exit code is 0.`,
		Example: `  logcap capture                                     # all containers, here
  logcap capture /var/log/nginx/*.log --to file=all.jsonl
  logcap capture '/srv/**/*.log' --docker --state /var/lib/logcap --to http=https://logs.example/in
  logcap capture 'logs/**/*.log' --to loki=http://localhost:3100
  logcap capture --docker=label=tier=front --tail 100
  logcap capture -c logcap.yaml                     # as the file says; logcap capture check -c logcap.yaml
  logcap capture app.log --no-follow --to null      # read what is there, and end
  logcap capture --multiline java,python --json     # one record for a stack trace, fields of JSON lines
  logcap capture app.log --multiline 'start=^\d{4}-\d{2}-\d{2} '
  logcap capture app.log --state /var/lib/logcap --queue disk --to http=https://logs.example/in
  journalctl -f | logcap capture - --to http=http://localhost:8080/`,
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.paths = args
			return runCapture(cmd.Context(), opts)
		},
	}
	opts.flags(cmd.Flags())
	cmd.AddCommand(newCaptureCheck(s), newQueue(s), newDeadLetters(s), newCaptureHealth(s), newCaptureTap(s), newCaptureTop(s))
	return cmd
}

func (o *captureOptions) flags(f *pflag.FlagSet) {
	o.set = f
	f.StringVarP(&o.config, "config", "c", "", "YAML file that says what is collected; other flags win over it where both say one thing")
	f.StringArrayVar(&o.docker, "docker", nil, "collect containers: all, or those of a filter like name=web*,label=tier=front,!image=*debug* (repeatable)")
	f.Lookup("docker").NoOptDefVal = allContainers
	f.StringVar(&o.read, "docker-read", "auto", "how containers' logs are read: auto, api, json-file (the engine's own files, where they can be read)")
	f.StringSliceVar(&o.labels, "docker-labels", nil, "labels of containers that become attributes of their origin, like tier,team; compose's project and service always do")
	f.StringArrayVar(&o.to, "to", nil, "where to: stdout, null, file=PATH, http=URL, loki=URL; options follow a # (repeatable, default stdout)")
	f.StringArrayVar(&o.exclude, "exclude", nil, "glob of files to leave out (repeatable)")
	f.StringVar(&o.state, "state", "", "directory for positions, so that the next run goes on where this one stops")
	f.BoolVar(&o.fromStart, "from-start", false, "begin at the beginning of what is there")
	f.StringVar(&o.since, "since", "", "begin with what was written since: 10m, 24h, 2006-01-02, 2006-01-02T15:04:05Z")
	f.IntVar(&o.tail, "tail", -1, "begin with the last so many lines of what is there")
	f.StringVar(&o.listen, "listen", "", "serve /health, /ready, /positions, /metrics and /debug/pprof on host:port, :port or unix:PATH (default with --state: a socket there)")
	f.StringVar(&o.adminToken, "admin-token-file", "", "file with the token that POST /reload and /tap of --listen ask for; without it only a unix socket of this user answers them")
	f.DurationVar(&o.drain, "drain-timeout", 10*time.Second, "how long delivery may go on after the signal to end")
	f.BoolVar(&o.noFollow, "no-follow", false, "read what is there, deliver it, and end; exit code 1 when anything was not delivered")
	f.Var(&o.maxLine, "max-line", "bytes of a line that are kept; the rest is counted and cut")
	f.BoolVar(&o.splitLong, "split-long", false, "make several records of a longer line instead")
	f.StringVar(&o.multiline, "multiline", "", "join the lines of one event: stack traces of java, python, go, ruby (several with commas), or start=REGEX, continue=REGEX")
	f.DurationVar(&o.hold, "multiline-timeout", time.Second, "how long an event is waited for that does not grow")
	o.queue.flags(f)
	f.BoolVar(&o.json, "json", false, "make message and attributes of lines that are JSON objects")
}

// runCapture builds the collector that the options describe and runs it to its end.
func runCapture(parent context.Context, o *captureOptions) error {
	if err := errors.Join(o.excluded(), o.check()); err != nil {
		return err
	}
	if o.config != "" {
		return runConfigured(parent, o)
	}
	o.onlyStdout = onlyStdout(o.to)
	board := notice.New(o.tell)
	sinks, err := o.sinks(board)
	if err != nil {
		return err
	}
	stages, err := o.stages()
	if err != nil {
		return errors.Join(err, sinks.close())
	}
	state, err := o.openState(board)
	if err != nil {
		return errors.Join(err, sinks.close())
	}
	defer state.release()
	letters := o.queue.box(o.state)
	for i := range sinks.configs {
		if err := o.queue.open(o.state, board, &sinks.configs[i], letters); err != nil {
			return errors.Join(err, sinks.close())
		}
	}
	if err := tellForgotten(o.state, board, sinks); err != nil {
		return errors.Join(err, sinks.close())
	}
	sources, err := o.sources(parent, board, state, sinks)
	if err != nil {
		return errors.Join(err, sinks.close())
	}
	return o.collect(parent, sinks, capture.Config{Sources: sources, Stages: stages, Store: state.store, Kept: state.loaded.Sections, Board: board}, nil)
}

// collect runs a collector of the parts in cfg and the sinks to its end. A configuration, when there is one, is read again meanwhile.
func (o *captureOptions) collect(parent context.Context, sinks *sinkSet, cfg capture.Config, f *inForce) error {
	self := selfwatch.New(selfwatch.Options{Lines: o.err, Board: cfg.Board})
	cfg.Sinks, cfg.Hold, cfg.DrainTimeout = sinks.configs, o.hold, o.drain
	cfg.Tap = &tap.Hub{}
	cfg.Watch = func(now time.Time, s capture.Stats) { self.Look(now, workOf(s, cfg.Tap.Taps())) }
	c, err := capture.New(cfg)
	if err != nil {
		return errors.Join(err, sinks.close())
	}
	ctx, release := interruptible(parent)
	defer release()
	if f != nil {
		defer f.follow(ctx, c)()
	}
	err = withoutPart(o.serve(ctx, c, cfg.Tap, self, cfg.Board, f))
	return o.verdict(ctx, c, err)
}

// withoutPart joins errors anew without the collector's words for its parts:
// who reads files does not have to know that there is a source for them.
func withoutPart(err error) error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		var file *fs.PathError
		if inner := errors.Unwrap(err); inner != nil && !errors.As(err, &file) && strings.HasPrefix(err.Error(), "source ") {
			return inner
		}
		return err
	}
	var all []error
	for _, e := range many.Unwrap() {
		all = append(all, withoutPart(e))
	}
	return errors.Join(all...)
}

// verdict is the error of a run that has ended.
func (o *captureOptions) verdict(ctx context.Context, c *capture.Collector, err error) error {
	var gone *sink.Gone
	if errors.As(err, &gone) && o.onlyStdout {
		return nil // as for any command before `| head`
	}
	var left, dropped, letters uint64
	for _, s := range c.Stats().Sinks {
		if s.Disk && ctx.Err() != nil {
			o.tellWaiting(s)
		} else {
			left += s.Queued
		}
		for _, n := range s.Dropped {
			dropped += n
		}
		for _, n := range s.DeadLettered {
			letters += n
		}
	}
	if left > 0 && o.state != "" && ctx.Err() != nil {
		o.progressf("logcap: %s not delivered within %v; the next run with --state %s reads them again", records(left), o.drain, o.state)
		left = 0
	}
	switch {
	case left > 0:
		err = errors.Join(err, fmt.Errorf("deliver what was read: %s left", records(left)))
	case o.noFollow && dropped > 0:
		err = errors.Join(err, fmt.Errorf("deliver what was read: %s dropped", records(dropped)))
	}
	if o.noFollow && letters > 0 {
		err = errors.Join(err, &refusedForGood{letters, o.state})
	}
	return err
}

// tellWaiting says what is left in a queue on disk.
func (o *captureOptions) tellWaiting(s capture.SinkStats) {
	if s.Queued > 0 {
		o.progressf("logcap: %s wait for %s in its queue; the next run with --state %s delivers them", records(s.Queued), s.Name, o.state)
	}
}

func records(n uint64) string {
	if n == 1 {
		return "1 record"
	}
	return fmt.Sprintf("%d records", n)
}

// tell writes what a part of the collector has to say, one line, and its hint.
func (o *captureOptions) tell(c notice.Change) {
	if c.Ended {
		o.progressf("logcap: well again: %s (%s)", c.Subject, c.Text)
		return
	}
	printError(o.err, problem{c.Problem})
}

// problem is a notice as an error.
type problem struct{ notice.Problem }

func (p problem) Error() string { return p.Text }
func (p problem) Hint() string  { return p.Problem.Hint }
