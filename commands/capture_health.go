package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/admin"
)

type captureHealthOptions struct {
	*streams
	askOptions
	ready   bool
	timeout time.Duration
}

func newCaptureHealth(s *streams) *cobra.Command {
	opts := &captureHealthOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "health [URL]",
		Short: "ask a running collector whether it is well; exit code 1 when it is not",
		Long: `Ask a running collector whether it is well, and print what is not.

The exit code is 0 when everything is, and 1 when something is not or nobody
answers: for the health check of a container, which needs nothing else in it.

` + whereAsked + `
Both flags are those of the collector, so that LOGCAP_LISTEN or LOGCAP_STATE in
a container's environment serves both.`,
		Example: `  logcap capture health                     # the collector here
  logcap capture health --state /var/lib/logcap
  logcap capture health http://10.0.0.7:9600
  logcap capture health --ready             # has it found everything that was there at its start?`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCaptureHealth(cmd.Context(), opts, args)
		},
	}
	f := cmd.Flags()
	opts.askOptions.flags(f)
	f.BoolVar(&opts.ready, "ready", false, "ask /ready, which is about the start and the end alone")
	f.DurationVar(&opts.timeout, "timeout", 5*time.Second, "how long an answer is waited for")
	return cmd
}

func runCaptureHealth(ctx context.Context, o *captureHealthOptions, args []string) error {
	if o.timeout <= 0 {
		return usagef("", "--timeout is longer than 0, and not %v", o.timeout)
	}
	address, err := o.address(args)
	if err != nil {
		return err
	}
	what := "/health"
	if o.ready {
		what = "/ready"
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	code, text, err := askCollector(ctx, address, what)
	if err != nil {
		return unanswered(address, err, o.timeout)
	}
	if o.ready {
		return o.tellReady(address, code, text)
	}
	return o.tellHealth(address, code, text)
}

func (o *captureHealthOptions) tellHealth(address string, code int, text []byte) error {
	var h admin.Health
	if err := json.Unmarshal(text, &h); err != nil || h.Status == "" {
		return stranger(address, code)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", printable(h.Status, false))
	for _, p := range h.Problems {
		b.WriteString(printable(p.Subject+": "+p.Text, false))
		if !p.Since.IsZero() {
			fmt.Fprintf(&b, " (since %s)", p.Since.UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(&b)
	}
	if err := o.print(b.String()); err != nil {
		return err
	}
	if code == http.StatusOK && h.Status == "ok" {
		return nil
	}
	return errVerdict{exitFailed, fmt.Sprintf("the collector at %s is %s: %s", address, h.Status, count(len(h.Problems), "problem")), ""}
}

func (o *captureHealthOptions) tellReady(address string, code int, text []byte) error {
	var r admin.Ready
	if err := json.Unmarshal(text, &r); err != nil || !r.Ready && r.Why == "" {
		return stranger(address, code)
	}
	if code == http.StatusOK && r.Ready {
		return o.print("ready\n")
	}
	if err := o.print("not ready: " + printable(r.Why, false) + "\n"); err != nil {
		return err
	}
	return errVerdict{exitFailed, fmt.Sprintf("the collector at %s is not ready: %s", address, r.Why), ""}
}

func (o *captureHealthOptions) print(text string) error {
	_, err := io.WriteString(o.out, text)
	return err
}
