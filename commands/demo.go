package commands

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/commands/demo"
)

func newLeakWatchDemo(s *streams) *cobra.Command {
	opts := &leakWatchOptions{streams: s, output: outputs{formats: []string{"text", "md", "json"}}}
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "watch a small leaking service inside logcap itself",
		Long: `Start a small shop over HTTP inside logcap, which leaks a goroutine for every
invalid order, watch it for 20 seconds, and report. Nothing else is needed and
nothing is left running.`,
		Example: `  logcap leak-watch demo
  logcap leak-watch demo -o md=leak-report.md`,
		Args: takes(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runDemo(cmd.Context(), opts)
		},
	}
	f := cmd.Flags()
	opts.plan(f)
	f.VarP(&opts.output, "output", "o", "write the result as text, md or json, to a file or stdout (repeatable)")
	opts.gate.flags(f)
	opts.source.flags(f)
	for name, value := range map[string]string{"interval": "250ms", "duration": "20s"} {
		flag := f.Lookup(name)
		flag.DefValue = value
		_ = flag.Value.Set(value) // its own form
	}
	return cmd
}

func runDemo(ctx context.Context, opts *leakWatchOptions) (err error) {
	service, err := demo.Start(demo.Config{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	targets, err := scrape.ParseAll([]string{service.Addr()})
	if err != nil {
		return err
	}
	opts.scrape.Timeout = 10 * time.Second
	return runLeakWatch(ctx, opts, targets)
}
