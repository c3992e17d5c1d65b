package commands

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/admin"
)

type captureTopOptions struct {
	*streams
	askOptions
	interval time.Duration
	once     bool
}

func newCaptureTop(s *streams) *cobra.Command {
	opts := &captureTopOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "top [URL]",
		Short: "show what a running collector reads, holds and delivers",
		Long: `Show the sources and sinks of a running collector: rates, what waits, what was
lost, dropped or kept as dead letters and why, and how the collector itself is.

On a terminal it is drawn again every --interval, until q or Ctrl-C; elsewhere
tables are printed one after the other. With --once there is one, after two looks
--interval apart, from which the rates are. All other numbers are since the
collector's start.

` + whereAsked,
		Example: `  logcap capture top --state /var/lib/logcap
  logcap capture top http://10.0.0.7:9600 --interval 10s
  logcap capture top --once > now.txt`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCaptureTop(cmd.Context(), opts, args)
		},
	}
	f := cmd.Flags()
	opts.askOptions.flags(f)
	f.DurationVar(&opts.interval, "interval", 2*time.Second, "time between two looks")
	f.BoolVar(&opts.once, "once", false, "print the tables once, and end")
	return cmd
}

// leastInterval keeps top from being what the collector is busy with.
const leastInterval = 100 * time.Millisecond

func runCaptureTop(parent context.Context, o *captureTopOptions, args []string) error {
	if o.interval < leastInterval {
		return usagef("", "--interval is %v at least, and not %v", leastInterval, o.interval)
	}
	address, err := o.address(args)
	if err != nil {
		return err
	}
	ctx, release := interruptible(parent)
	defer release()
	before, err := lookAt(ctx, address)
	if err == nil && !o.once && o.terminal(o.out) && o.terminal(o.in) {
		return o.draw(ctx, address, before)
	}
	tick := time.NewTicker(o.interval)
	defer tick.Stop()
	for first := true; err == nil; first = false {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		var now *admin.Health
		if now, err = lookAt(ctx, address); err != nil {
			break
		}
		text := topTables(address, before, now)
		if !first {
			text = "\n" + text
		}
		if _, err := io.WriteString(o.out, text); err != nil {
			return err
		}
		if o.once {
			return nil
		}
		before = now
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// lookAt asks the collector at address how it is.
func lookAt(ctx context.Context, address string) (*admin.Health, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	code, text, err := askCollector(ctx, address, "/health")
	if err != nil {
		return nil, unanswered(address, err, answerWait)
	}
	var h admin.Health
	if err := json.Unmarshal(text, &h); err != nil || h.Status == "" {
		return nil, stranger(address, code)
	}
	return &h, nil
}
