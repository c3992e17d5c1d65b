// Package report writes what an analysis found: one Report, one writer a
// format. It does no I/O of its own beyond the writer it is given, reads no
// clock, and treats every string of the target as hostile.
package report

import "github.com/logcap/logcap/analyze"

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
	Findings  []analyze.Finding   `json:"findings"`
	Cleared   []analyze.Cleared   `json:"cleared"`
	Inventory []analyze.Inventory `json:"inventory"`
	Impact    analyze.Impact      `json:"impact"`
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
