package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/report"
)

type sitesOptions struct {
	*streams
	scrape scrape.Options
	exe    string
	output outputs
}

func newSites(s *streams) *cobra.Command {
	opts := &sitesOptions{streams: s, output: outputs{formats: []string{"text", "json"}}}
	cmd := &cobra.Command{
		Use:   "sites INPUT|TARGET",
		Short: "show one moment: goroutines grouped by creation site",
		Long: `Show one moment of a process, its goroutines grouped by where they are created:
of a live target, of a profile, dump or core file, or the last of a recording.
What exists as a file is an input; anything else is a target. - is stdin.`,
		Example: `  logcap sites localhost:6060
  logcap sites pid:4711
  logcap sites docker:web
  logcap sites core.4711 --exe ./server
  logcap sites docker:web
  logcap sites goroutines.txt
  logcap sites before -o json
  kubectl logs pod | logcap sites -`,
		Args: takes(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runSites(cmd.Context(), opts, args[0])
		},
	}
	f := cmd.Flags()
	f.VarP(&opts.output, "output", "o", "write the result as text or json, to a file or stdout (repeatable)")
	exeFlag(f, &opts.exe)
	f.BoolVar(&opts.scrape.AllStacks, "all-stacks", false, "read every stack of a pid: or docker: target, also above 10,000 goroutines")
	scrapeFlags(f, &opts.scrape)
	return cmd
}

func runSites(ctx context.Context, o *sitesOptions, of string) error {
	if err := errors.Join(o.output.check(), checkScrape(&o.scrape)); err != nil {
		return err
	}
	snapshot, err := o.snapshot(ctx, of)
	if err != nil {
		return err
	}
	sites := report.NewSites(of, snapshot)
	err = o.output.write(o.out, func(w io.Writer, format string, toStdout bool) error {
		if format == "json" {
			return report.WriteSitesJSON(w, sites)
		}
		return report.WriteSitesText(w, sites, o.style(toStdout))
	})
	if err == nil && (snapshot.Truncated || snapshot.Declared > snapshot.Total) {
		err = errVerdict{exitFailed, fmt.Sprintf("read %q: cut short, what was read is shown", of), ""}
	}
	return err
}

// snapshot reads an input that exists, or asks a target.
func (o *sitesOptions) snapshot(ctx context.Context, of string) (*goroutine.Snapshot, error) {
	if _, err := os.Stat(of); of == "-" || err == nil {
		return watch.Moment(of, watch.From{Stdin: o.in, Exe: o.exe})
	}
	target, err := scrape.Parse(of)
	if err != nil {
		if _, missing := os.Stat(of); errors.Is(missing, fs.ErrNotExist) {
			return nil, usagef("logcap help targets", "%w, and no such file", err)
		}
		return nil, usageOf(err)
	}
	ctx, release := interruptible(ctx)
	defer release()
	located, err := o.located(ctx, []scrape.Address{target})
	if err != nil {
		return nil, interrupted(ctx, err)
	}
	s, err := watch.Ask(ctx, located[0], o.scrape)
	return s, interrupted(ctx, err)
}
