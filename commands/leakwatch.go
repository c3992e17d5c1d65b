package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
)

// defaultDuration is for a watch that nobody can end with Ctrl-C.
const defaultDuration = 2 * time.Minute

type leakWatchOptions struct {
	*streams
	interval time.Duration
	duration time.Duration
	samples  int
	warmup   time.Duration
	record   string
	scrape   scrape.Options
	output   outputs
	gate     gate
	source   sourceOptions
}

func newLeakWatch(s *streams) *cobra.Command {
	opts := &leakWatchOptions{streams: s, output: outputs{formats: []string{"text", "md", "json"}}}
	cmd := &cobra.Command{
		Use:   "leak-watch TARGET...",
		Short: "watch live processes and report their goroutine leaks",
		Long: `Watch live Go processes over their pprof endpoints and report the goroutines
that never end. On a terminal the watch goes on until Ctrl-C, which judges what
was seen; a second Ctrl-C quits at once. Without a terminal it takes two minutes.

Every watch is recorded: to a temporary folder that is named at the end, or to
--record DIR. The report can be made again from it: logcap report DIR.`,
		Example: `  logcap leak-watch demo
  logcap leak-watch localhost:6060
  logcap leak-watch localhost:6060 --duration 5m -o text -o md=leak.md
  logcap leak-watch https://app.example/debug/pprof/ --bearer-file token --record before
  logcap leak-watch localhost:6060 --duration 2m --fail-on probable --baseline known.json
  logcap leak-watch docker:web:6060
  logcap leak-watch @targets.json --duration 10m -o json=leaks.json`,
		Args: takes(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := scrape.ParseAll(args)
			if err != nil {
				return usageOf(err)
			}
			return runLeakWatch(cmd.Context(), opts, targets)
		},
	}
	f := cmd.Flags()
	opts.plan(f)
	scrapeFlags(f, &opts.scrape)
	f.VarP(&opts.output, "output", "o", "write the result as text, md or json, to a file or stdout (repeatable)")
	opts.gate.flags(f)
	opts.source.flags(f)
	cmd.AddCommand(newLeakWatchDemo(s))
	return cmd
}

// plan are the flags of how long and how often.
func (o *leakWatchOptions) plan(f *pflag.FlagSet) {
	f.DurationVar(&o.interval, "interval", time.Second, "time between two samples; stretched when they cost the target more than 1 % of a core")
	f.DurationVar(&o.duration, "duration", 0, "end after this time (default: until Ctrl-C on a terminal, else 2m)")
	f.IntVar(&o.samples, "samples", 0, "end after so many samples")
	f.DurationVar(&o.warmup, "warmup", 0, "leave out so much of the beginning (default: found from the counts)")
	f.StringVar(&o.record, "record", "", "folder of the recording, new or empty (default: a temporary one)")
}

// scrapeFlags are the flags of how a target may be asked.
func scrapeFlags(f *pflag.FlagSet, o *scrape.Options) {
	f.StringVar(&o.CAFile, "ca", "", "file of certificates that may sign the target's")
	f.StringVar(&o.CertFile, "cert", "", "file of the client certificate; needs --key")
	f.StringVar(&o.KeyFile, "key", "", "file of the client certificate's key")
	f.StringVar(&o.BearerFile, "bearer-file", "", "file with a bearer token")
	f.StringVar(&o.BasicFile, "basic-file", "", "file with user:password")
	f.StringVar(&o.Path, "path", "", "path of the profiles (default /debug/pprof, or what the target's URL says)")
	f.DurationVar(&o.Timeout, "timeout", scrape.DefaultTimeout, "longest time for one answer")
	f.BoolVar(&o.NoDumps, "no-dumps", false, "take no debug=2 dumps, which stop the target for a moment")
	f.BoolVar(&o.NoTrace, "no-trace", false, "take no execution traces")
	f.BoolVar(&o.Force, "force", false, "lift the limits on what a watch may cost the target")
}

// check refuses what makes no sense before anything is asked.
func (o *leakWatchOptions) check() error {
	switch {
	case o.interval <= 0:
		return usagef("", "--interval is longer than nothing, and not %v", o.interval)
	case o.duration < 0:
		return usagef("", "--duration is not negative, and not %v", o.duration)
	case o.samples < 0:
		return usagef("", "--samples is not negative, and not %d", o.samples)
	case o.warmup < 0:
		return usagef("", "--warmup is not negative, and not %v", o.warmup)
	case o.duration > 0 && o.warmup >= o.duration:
		return usagef("", "--warmup %v leaves nothing of --duration %v", o.warmup, o.duration)
	}
	if err := checkScrape(&o.scrape); err != nil {
		return err
	}
	if err := o.output.check(); err != nil {
		return err
	}
	if err := o.source.check(); err != nil {
		return err
	}
	return o.gate.prepare()
}

// checkScrape is for flags that only make sense together.
func checkScrape(o *scrape.Options) error {
	switch {
	case (o.CertFile == "") != (o.KeyFile == ""):
		return usagef("", "--cert and --key belong together")
	case o.BearerFile != "" && o.BasicFile != "":
		return usagef("", "--bearer-file and --basic-file exclude each other")
	case o.Timeout <= 0:
		return usagef("", "--timeout is longer than nothing, and not %v", o.Timeout)
	}
	return nil
}

func runLeakWatch(ctx context.Context, o *leakWatchOptions, targets []scrape.Address) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.duration == 0 && o.samples == 0 && !o.terminal(o.err) {
		o.duration = defaultDuration
	}
	ctx, release := interruptible(ctx)
	defer release()
	targets, err := o.located(ctx, targets)
	if err != nil {
		return interrupted(ctx, err)
	}
	dir, temporary := o.record, o.record == ""
	if temporary {
		if dir, err = os.MkdirTemp("", "logcap-"); err != nil {
			return fmt.Errorf("make a folder for the recording: %w", err)
		}
	}
	defer frugal(o.lookup)()
	v := o.newView(targets, dir, release)
	subjects, err := watch.Run(ctx, watch.Options{
		Targets: targets, Scrape: o.scrape, Record: dir,
		Interval: o.interval, Duration: o.duration, Samples: o.samples,
		Thresholds: thresholds(o.warmup), Progress: v.update,
	})
	v.close()
	if len(subjects) == 0 {
		if temporary {
			err = errors.Join(err, os.RemoveAll(dir)) // nothing was seen, nothing is worth keeping
		}
		if ctx.Err() != nil {
			return errInterrupted
		}
		return err
	}
	if temporary {
		o.progressf("recorded in %s; the report again: logcap report %s -o md", dir, dir)
	}
	return errors.Join(o.finish(context.WithoutCancel(ctx), subjects, judging{o.warmup, &o.source}, len(targets) > 1, &o.output, &o.gate), err)
}

// usageOf makes a mistake in the arguments of what a package refused; its hint stays.
func usageOf(err error) error {
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		return errUsage{err, hinted.Hint()}
	}
	return errUsage{err, ""}
}
