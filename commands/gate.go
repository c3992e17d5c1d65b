package commands

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/report"
)

// gate is what --fail-on, --ignore and --baseline ask for. The zero gate lets everything pass.
type gate struct {
	failOn   string
	ignore   []string
	baseline string

	ignored []*regexp.Regexp
	known   map[string]bool // ids of findings in the baseline
}

// counting are the verdicts that count at each level of --fail-on.
var counting = map[string][]analyze.Verdict{
	"confirmed": {analyze.Confirmed},
	"probable":  {analyze.Confirmed, analyze.Probable, analyze.Stuck},
	"suspect":   {analyze.Confirmed, analyze.Probable, analyze.Stuck, analyze.Suspect},
}

func (g *gate) flags(f *pflag.FlagSet) {
	f.StringVar(&g.failOn, "fail-on", "", "exit 3 on findings of this verdict or a surer one: confirmed, probable, suspect")
	f.StringArrayVar(&g.ignore, "ignore", nil, "for --fail-on, findings whose site or function matches this regular expression do not count (repeatable)")
	f.StringVar(&g.baseline, "baseline", "", "for --fail-on, findings of this earlier JSON report do not count")
}

// prepare reads what the flags name, before any work is done.
func (g *gate) prepare() error {
	if _, ok := counting[g.failOn]; !ok && g.failOn != "" {
		return usagef("logcap help exit-codes", "--fail-on is confirmed, probable or suspect, and not %q", g.failOn)
	}
	if g.failOn == "" && (g.baseline != "" || len(g.ignore) > 0) {
		return usagef("add --fail-on probable", "--baseline and --ignore say what does not count for --fail-on, which is not given")
	}
	for _, pattern := range g.ignore {
		re, err := regexp.Compile(pattern)
		if err != nil {
			return usagef("", "--ignore %q: %w", pattern, err)
		}
		g.ignored = append(g.ignored, re)
	}
	if g.baseline == "" {
		return nil
	}
	known, err := readBaseline(g.baseline)
	if err != nil {
		return usagef("a baseline is written by logcap report INPUT -o json=FILE", "read baseline %q: %w", g.baseline, err)
	}
	g.known = known
	return nil
}

// readBaseline gives the ids of the findings of one report or several in JSON.
func readBaseline(file string) (map[string]bool, error) {
	type one struct {
		Schema   string
		Findings []struct{ ID string }
	}
	var doc struct {
		one
		Reports []one
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("no JSON report: %w", err)
	}
	known := map[string]bool{}
	for i, r := range append([]one{doc.one}, doc.Reports...) {
		if several := i == 0 && r.Schema == report.ReportsSchema; !several && r.Schema != report.Schema {
			return nil, fmt.Errorf("its schema is %q and not %s", r.Schema, report.Schema)
		}
		for _, f := range r.Findings {
			known[f.ID] = true
		}
	}
	return known, nil
}

// judge turns reports into the error that the exit code comes from; nil passes.
// A target of which too little was seen does not pass.
func (g *gate) judge(reports []*report.Report) error {
	if g.failOn == "" {
		return nil
	}
	var errs []error
	for _, r := range reports {
		found := 0
		for _, f := range r.Findings {
			if slices.Contains(counting[g.failOn], f.Verdict) && !g.known[f.ID] && !g.ignores(f) {
				found++
			}
		}
		switch {
		case found > 0:
			errs = append(errs, findings(r.Target.Name, found, g.failOn))
		case r.Verdict == analyze.Inconclusive:
			errs = append(errs, inconclusive(r.Target.Name))
		}
	}
	return errors.Join(errs...)
}

// ignores says that a pattern matches the finding's go statement, entry,
// blocked place or file:line.
func (g *gate) ignores(f analyze.Finding) bool {
	names := []string{
		f.Site.Func, f.Site.Entry, f.Blocked.Func,
		f.Site.File + ":" + strconv.Itoa(f.Site.Line), f.Blocked.File + ":" + strconv.Itoa(f.Blocked.Line),
	}
	return slices.ContainsFunc(g.ignored, func(re *regexp.Regexp) bool {
		return slices.ContainsFunc(names, func(s string) bool { return strings.TrimSpace(s) != "" && re.MatchString(s) })
	})
}
