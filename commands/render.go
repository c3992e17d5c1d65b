package commands

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/report"
)

// finish judges what was loaded or watched, writes it, and says what the gate
// makes of it. several asks for the JSON of several reports even for one.
func (s streams) finish(ctx context.Context, subjects []watch.Subject, how judging, several bool, out *outputs, g *gate) error {
	reports := make([]*report.Report, 0, len(subjects))
	for _, sub := range subjects {
		reports = append(reports, reportOf(ctx, sub, how))
		several = several || sub.Several
	}
	several = several || len(reports) > 1
	err := out.write(s.out, func(w io.Writer, format string, toStdout bool) error {
		return s.render(w, format, toStdout, several, reports)
	})
	return errors.Join(err, g.judge(reports)) // a leak is one also where its report cannot be written
}

// render writes reports in one format.
func (s streams) render(w io.Writer, format string, toStdout, several bool, reports []*report.Report) error {
	switch {
	case format == "json" && several:
		return report.WriteReportsJSON(w, reports)
	case format == "json":
		return report.WriteJSON(w, reports[0])
	case format == "md":
		return report.WriteReportsMarkdown(w, reports)
	}
	return report.WriteReportsText(w, reports, s.style(toStdout))
}

// style is how text looks: a file has no colour and no terminal's width.
func (s streams) style(toStdout bool) report.Style {
	if !toStdout {
		return report.Style{}
	}
	return report.Style{Color: s.colored(s.out), Width: s.width(s.out)}
}

// judging is how a subject is judged.
type judging struct {
	warmup time.Duration
	source *sourceOptions
}

// reportOf judges one subject.
func reportOf(ctx context.Context, s watch.Subject, how judging) *report.Report {
	sources := make([]report.Source, 0, len(s.Sources))
	for _, src := range s.Sources {
		sources = append(sources, report.Source(src))
	}
	a := analyze.Detect(s.History, thresholds(how.warmup))
	how.source.explain(ctx, a)
	return report.New(*a, report.Tool{Name: "logcap", Version: version()}, sources, remake(s, how))
}

func thresholds(warmup time.Duration) analyze.Thresholds {
	th := analyze.DefaultThresholds()
	th.Growth.Warmup = warmup.Seconds()
	return th
}

// remake is the command that makes a report again. A recording is called
// RECORDING whatever its folder is called, so that a copy gives the same report.
func remake(s watch.Subject, how judging) string {
	words := []string{"logcap", "report"}
	if s.History.Target.Kind == "file" {
		for _, src := range s.Sources {
			if src.Name != "-" { // stdin
				src.Name = report.ShellQuote(src.Name)
			}
			words = append(words, src.Name)
		}
	} else {
		words = append(words, "RECORDING")
	}
	if how.warmup > 0 {
		words = append(words, "--warmup", how.warmup.String())
	}
	if how.source.path != "" {
		words = append(words, "--source-path", "SOURCE")
	}
	return strings.Join(words, " ")
}

// renderComparison writes a comparison in one format.
func (s streams) renderComparison(w io.Writer, format string, toStdout bool, c analyze.Comparison) error {
	switch format {
	case "json":
		return report.WriteCompareJSON(w, c)
	case "md":
		return report.WriteCompareMarkdown(w, c)
	}
	return report.WriteCompareText(w, c, s.style(toStdout))
}
