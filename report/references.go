package report

import (
	"crypto/sha256"
	"fmt"
	"strings"
)

// maxFiles is how many files are listed one by one; a watch has hundreds.
const maxFiles = 16

// references are what the report was made from and with.
func references(r *Report) []block {
	out := []block{bullets{items: []para{
		measured("Made by %s %v from %d %s.", r.Tool.Name, words(r.Tool.Version), len(r.Sources), plural(float64(len(r.Sources)), "file")),
		measured("Target: %v.", target(r.Target)),
	}}}
	if r.Tree != nil {
		out[0] = bullets{items: append(out[0].(bullets).items,
			derived("Source: %s %s, %s %s%v; how well they are known is under Root Cause.", grouped(float64(r.Tree.Packages)), plural(float64(r.Tree.Packages), "package"),
				grouped(float64(r.Tree.Lines)), plural(float64(r.Tree.Lines), "line"), ofModule(r.Tree)))}
		out = append(out, sourceTable(r)...)
	}
	if len(r.Sources) == 0 {
		return out
	}
	out = append(out, fileTable(r.Sources))
	if n := len(r.Sources) - maxFiles; n > 0 {
		out = append(out, note("%d more files have their checksums in the JSON report. "+
			"All of them, in the order of the JSON report and as `sha256sum` lists them, have the SHA-256 %v.", n, name(manifest(r.Sources))))
	}
	return out
}

// fileTable lists the files; of many, what is not one of the goroutine
// profiles of the series comes first.
func fileTable(sources []Source) table {
	t := table{head: []string{"File", "Bytes", "SHA-256"}, align: "lrl"}
	for _, series := range []bool{false, true} {
		for _, s := range sources {
			if strings.Contains(s.Name, ".goroutine.") == series && len(t.rows) < maxFiles {
				sum := text{name(s.SHA256)}
				if s.SHA256 == "" {
					sum = say("not made of a core file")
				}
				t.rows = append(t.rows, []text{{name(s.Name)}, say("%s", grouped(float64(s.Bytes))), sum})
			}
		}
	}
	return t
}

// manifest is the SHA-256 of the list that sha256sum writes for the files.
func manifest(sources []Source) string {
	h := sha256.New()
	for _, s := range sources {
		fmt.Fprintf(h, "%s  %s\n", s.SHA256, s.Name)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}
