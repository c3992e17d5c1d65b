// Package report writes what an analysis found: one Report, one writer a
// format. It does no I/O of its own beyond the writer it is given, reads no
// clock, and treats every string of the target as hostile.
//
// A Report is turned into a document (sections of blocks of inline text) once;
// Markdown and text are two renderings of that document, and JSON is the Report itself.
package report

import (
	"time"

	"github.com/logcap/logcap/analyze"
)

// Schema names the JSON of one report. Fields are added to it, never changed.
const Schema = "logcap.report/1"

// Report is the document. Its JSON is logcap.report/1.
type Report struct {
	Schema    string              `json:"schema"`
	Tool      Tool                `json:"tool"`
	Target    analyze.Target      `json:"target"`
	Window    analyze.Window      `json:"window"`
	Verdict   analyze.Verdict     `json:"verdict"`
	Total     analyze.Total       `json:"total"`
	Growth    []GrowthRow         `json:"growth"`
	Findings  []analyze.Finding   `json:"findings"`
	Cleared   []analyze.Cleared   `json:"cleared"`
	Inventory []analyze.Inventory `json:"inventory"`
	Impact    analyze.Impact      `json:"impact"`
	Tree      *analyze.Tree       `json:"tree,omitempty"` // the source that was read
	Metrics   []string            `json:"metrics"`        // names the target's /metrics exports
	Warnings  []string            `json:"warnings"`
	// LogLines, Sources and Remake are for the documents people read.
	LogLines []string `json:"log_lines,omitempty"`
	Sources  []Source `json:"sources"`
	// Remake is the command that makes this report again.
	Remake string `json:"remake"`
}

// Tool is who made the report.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Source is a file the report was made from.
type Source struct {
	Name   string `json:"name"` // relative to the recording
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// GrowthRow is the total at one moment of the growth table.
type GrowthRow struct {
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"` // since the start of the window
	// Goroutines is the newest sample of the row's step; nil when the step has none.
	Goroutines *int `json:"goroutines"`
	// Change is against the row before, nil when either has no sample.
	Change *int `json:"change"`
	// SinceBaseline is against Total.Baseline, nil without a sample.
	SinceBaseline *int `json:"since_baseline"`
}

// Worst is the finding that the summary and the root cause are about: the
// first one, as Detect sorts them worst first. It is nil without findings.
func (r *Report) Worst() *analyze.Finding {
	if len(r.Findings) == 0 {
		return nil
	}
	return &r.Findings[0]
}

// Severity is the highest of all findings, "" without one.
func (r *Report) Severity() analyze.Severity {
	order := []analyze.Severity{analyze.Critical, analyze.High, analyze.Medium, analyze.Low}
	for _, s := range order {
		for i := range r.Findings {
			if r.Findings[i].Severity == s {
				return s
			}
		}
	}
	return ""
}
