package commands

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/watch"
)

type compareOptions struct {
	*streams
	before, after string
	warmup        time.Duration
	output        outputs
}

func newCompare(s *streams) *cobra.Command {
	opts := &compareOptions{streams: s, output: outputs{formats: []string{"text", "md", "json"}}}
	cmd := &cobra.Command{
		Use:   "compare BEFORE AFTER",
		Short: "say whether a fix worked: per site, rate before and after",
		Long: `Compare two watches of one program: per site the rate before and after, and one
verdict. The exit code is 0 for fixed or improved, 3 for unchanged or worse,
1 for inconclusive: a watch too short to show the old leak proves nothing.`,
		Example: `  logcap leak-watch localhost:6060 --duration 5m --record before
  logcap leak-watch localhost:6060 --duration 5m --record after
  logcap compare before after`,
		Args: takes(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.before, opts.after = args[0], args[1]
			return runCompare(opts)
		},
	}
	f := cmd.Flags()
	f.VarP(&opts.output, "output", "o", "write the result as text, md or json, to a file or stdout (repeatable)")
	f.DurationVar(&opts.warmup, "warmup", 0, "leave out so much of the beginning of both (default: found from the counts)")
	return cmd
}

func runCompare(o *compareOptions) error {
	if err := o.output.check(); err != nil {
		return err
	}
	var sides []*analyze.Analysis
	var read []watch.Subject
	for _, input := range []string{o.before, o.after} {
		subjects, err := watch.Load([]string{input}, watch.From{Stdin: o.in})
		if err != nil {
			return err
		}
		if len(subjects) != 1 {
			return usagef("name the folder of one target in it", "compare %q: it holds %d targets", input, len(subjects))
		}
		read = append(read, subjects[0])
		sides = append(sides, analyze.Detect(subjects[0].History, thresholds(o.warmup)))
	}
	c := analyze.Compare(sides[0], sides[1])
	err := o.output.write(o.out, func(w io.Writer, format string, toStdout bool) error {
		return o.renderComparison(w, format, toStdout, c)
	})
	return errors.Join(err, compared(o.before, o.after, c), cutShort(read))
}

// compared is the error that the exit code of compare comes from.
func compared(before, after string, c analyze.Comparison) error {
	text := fmt.Sprintf("compare %q with %q: %s", before, after, c.Verdict)
	switch {
	case slices.Contains([]analyze.Outcome{analyze.OutcomeFixed, analyze.OutcomeImproved}, c.Verdict):
		return nil
	case c.Verdict == analyze.OutcomeInconclusive:
		return errVerdict{exitFailed, text, c.Why}
	}
	return errVerdict{code: exitFindings, text: text}
}
