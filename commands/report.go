package commands

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/analyze/watch"
)

type reportOptions struct {
	*streams
	inputs []string
	warmup time.Duration
	output outputs
	gate   gate
	exe    string
	source sourceOptions
}

func newReport(s *streams) *cobra.Command {
	opts := &reportOptions{streams: s, output: outputs{formats: []string{"md", "text", "json"}}}
	cmd := &cobra.Command{
		Use:   "report INPUT...",
		Short: "write the leak report of recordings, profiles, dumps, cores or log lines",
		Long: `Write the leak report of what was kept: recordings of leak-watch, pprof files,
debug=1 and debug=2 dumps, SIGQUIT output, ELF cores, JSON log lines with
goroutine counts. Types are told by content; gzip and zstd are read as they are; - is stdin.

Each recording is a report. Bare files together are one report: the history of
one process, in order of the times they state. The same recording gives
the same report, byte for byte.`,
		Example: `  logcap report before/ -o md=leak.md
  logcap report goroutine.1.pb.gz goroutine.2.pb.gz goroutine.3.pb.gz
  logcap report core.1 core.2 core.3 --exe ./web
  kubectl logs pod | logcap report -
  logcap report before/ -o json --fail-on probable`,
		Args: takes(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.inputs = args
			return runReport(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	f.VarP(&opts.output, "output", "o", "write the result as md, text or json, to a file or stdout (repeatable)")
	f.DurationVar(&opts.warmup, "warmup", 0, "leave out so much of the beginning (default: found from the counts)")
	exeFlag(f, &opts.exe)
	opts.source.flags(f)
	opts.gate.flags(f)
	return cmd
}

func runReport(ctx context.Context, opts *reportOptions) error {
	if opts.warmup < 0 {
		return usagef("", "--warmup is not negative, and not %v", opts.warmup)
	}
	if err := opts.output.check(); err != nil {
		return err
	}
	if err := opts.source.check(); err != nil {
		return err
	}
	if err := opts.gate.prepare(); err != nil {
		return err
	}
	subjects, err := watch.Reading{Stdin: opts.in, Exe: opts.exe}.Load(opts.inputs)
	if err != nil {
		return err
	}
	if err := leaves(opts.warmup, subjects); err != nil {
		return err
	}
	return errors.Join(opts.finish(ctx, subjects, judging{opts.warmup, &opts.source}, false, &opts.output, &opts.gate), cutShort(subjects))
}

// leaves refuses a warm-up after which nothing is left to judge.
func leaves(warmup time.Duration, subjects []watch.Subject) error {
	for _, s := range subjects {
		if window := s.History.End.Sub(s.History.Start); warmup > 0 && warmup >= window {
			return usagef("", "--warmup %v leaves nothing of the %v seen of %s", warmup, window.Round(time.Millisecond), s.Name)
		}
	}
	return nil
}

// cutShort says which inputs are not whole; the report of what they hold is written.
func cutShort(subjects []watch.Subject) error {
	var errs []error
	for _, s := range subjects {
		for _, name := range s.Cut {
			errs = append(errs, errVerdict{exitFailed, fmt.Sprintf("read %q: cut short, what was read is reported", name), "copy or take it again, whole"})
		}
	}
	return errors.Join(errs...)
}
