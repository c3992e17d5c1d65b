package report

import "github.com/logcap/logcap/analyze"

// references are what the report was made from and with.
func references(r *Report) []block {
	out := []block{bullets{items: []para{
		measured("Made by %s %v from %d %s.", r.Tool.Name, words(r.Tool.Version), len(r.Sources), plural(float64(len(r.Sources)), "file")),
		measured("Target: %v.", target(r.Target)),
	}}}
	if r.Worst() == nil && len(r.LogLines) > 0 {
		out = append(out, note("The target's own log lines, as they were:"),
			listing{basis: analyze.Measured, lang: "text", lines: quoteLines(r.LogLines)})
	}
	if len(r.Sources) == 0 {
		return out
	}
	t := table{head: []string{"File", "Bytes", "SHA-256"}, align: "lrl"}
	for _, s := range r.Sources {
		t.rows = append(t.rows, []text{{name(s.Name)}, say("%s", grouped(float64(s.Bytes))), {name(s.SHA256)}})
	}
	return append(out, t)
}
