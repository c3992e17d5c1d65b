package main

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/report"
)

// outcome is one case after its report was compared with the truth.
type outcome struct {
	testCase
	class   class
	variant string
	shape   string
	// verdict is the report's, the worst of all findings.
	verdict analyze.Verdict
	// found: a finding names the marked place with a verdict that is good enough. atSite is the best verdict there, "" without one.
	found  bool
	atSite analyze.Verdict
	// site is that of the finding at the marked place, else of the first finding.
	site      string
	mechanism analyze.Mechanism
	named     naming
	cause     bool // a function to blame is in the cause, its candidates or the lineage
	// rate is the sum of the findings at marked places; trueRate is what was planned; 0 for stuck and healthy ones.
	rate, trueRate float64
	// others are accusations of places that are not marked.
	others      []string
	undecidable bool
	needsSource bool
	samples     int // of the recording
	wanted      int // by duration and interval
	recording   string
	failure     string // why there is no report to judge
}

// naming is how the mechanism's name compares.
type naming string

const (
	right   naming = "right"
	open    naming = "open" // unknown, where only source could tell
	wrong   naming = "wrong"
	unnamed naming = ""
)

// rank orders verdicts by how much they accuse.
func rank(v analyze.Verdict) int {
	return slices.Index([]analyze.Verdict{
		analyze.Stable, analyze.Inconclusive, analyze.GrowingWithLoad, analyze.Suspect, analyze.Stuck, analyze.Probable, analyze.Confirmed,
	}, v)
}

// accuses says that a verdict is above SUSPECT.
func accuses(v analyze.Verdict) bool { return rank(v) > rank(analyze.Suspect) }

// enough says that a verdict is what a leak of this class is to get.
func enough(k class, v analyze.Verdict, go127 bool) bool {
	switch {
	case go127:
		return v == analyze.Confirmed
	case k == stuck:
		return v == analyze.Stuck || v == analyze.Confirmed
	}
	return v == analyze.Probable || v == analyze.Confirmed
}

// judge compares a report with the truth.
func judge(c testCase, t truth, r *report.Report) outcome {
	o := outcome{
		testCase: c, class: t.class, verdict: r.Verdict, trueRate: t.perMinute,
		undecidable: t.undecidable, needsSource: t.needsSource, samples: r.Window.Samples,
	}
	if len(r.Findings) > 0 {
		o.site = where(r.Findings[0].Site)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if t.class == fine || !t.holds(f) {
			if accuses(f.Verdict) && !t.isPeer(f) {
				o.others = append(o.others, fmt.Sprintf("%s at %s (%s)", f.Verdict, where(f.Site), f.Mechanism))
			}
			continue
		}
		o.rate += f.Rate.Value
		good := enough(t.class, f.Verdict, c.Go127)
		if o.atSite != "" && (o.found && !good || o.found == good && rank(f.Verdict) <= rank(o.atSite)) {
			continue
		}
		o.found, o.atSite, o.site = o.found || good, f.Verdict, where(f.Site)
		o.mechanism, o.named = f.Mechanism, t.naming(f)
		o.cause = t.blames(f)
	}
	return o
}

// holds says that a finding is at a marked place.
func (t truth) holds(f *analyze.Finding) bool {
	for _, s := range append([]goroutine.Site{f.Site}, f.Sites...) {
		if t.at(s.Func, s.File, s.Line) || slices.Contains(t.library, s.Entry) {
			return true
		}
	}
	return slices.ContainsFunc(f.Creators, func(c analyze.Creator) bool { return t.at(c.Func, c.File, c.Line) })
}

func (t truth) at(fn, file string, line int) bool {
	if slices.Contains(t.library, fn) {
		return true
	}
	return slices.ContainsFunc(t.places, func(p place) bool {
		return line == p.line && ends(file, p.file) || p.fn != "" && within(fn, p.fn)
	})
}

// isPeer says that a finding is the other end of the leaked connections, in the same process.
func (t truth) isPeer(f *analyze.Finding) bool {
	return t.peer != "" && (within(f.Site.Entry, t.peer) || within(f.Site.Func, t.peer))
}

// within says that name is fn or a closure of it.
func within(name, fn string) bool { return name == fn || strings.HasPrefix(name, fn+".func") }

// ends says that a path is file or ends in /file.
func ends(whole, file string) bool { return whole == file || strings.HasSuffix(whole, "/"+file) }

func (t truth) naming(f *analyze.Finding) naming {
	switch {
	case slices.Contains(t.mechanisms, string(f.Mechanism)):
		return right
	case t.needsSource && f.Mechanism == analyze.Unknown:
		return open
	}
	return wrong
}

func (t truth) blames(f *analyze.Finding) bool {
	var names []string
	if f.Cause != nil {
		names = append(names, f.Cause.Func)
		for _, c := range f.Cause.Candidates {
			names = append(names, c.Func)
		}
	}
	for _, a := range f.Lineage {
		names = append(names, a.Func)
	}
	return slices.ContainsFunc(names, func(name string) bool {
		return slices.ContainsFunc(t.causes, func(fn string) bool { return within(name, fn) })
	})
}

// where is a site in a few words: the last two elements of its path, line and function.
func where(s goroutine.Site) string {
	dir, file := path.Split(s.File)
	text := fmt.Sprintf("%s:%d %s", path.Join(path.Base(dir), file), s.Line, s.Func)
	if !s.Exact {
		text += " (entry)"
	}
	return text
}
