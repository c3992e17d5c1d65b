package evidence

import (
	"io"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/process"
)

// ReadProcess reads what a process held at one moment: a recording's "process"
// scrape, which is the JSON of process.Usage.
func ReadProcess(r io.Reader) (*analyze.Usage, error) {
	u, err := process.DecodeUsage(r)
	if err != nil {
		return nil, err
	}
	out := &analyze.Usage{Started: u.Started, Descriptors: u.Descriptors, Limit: u.Limit, Memory: u.Memory, Threads: u.Threads, Sampled: u.Every > 1,
		Groups: make([]analyze.Held, len(u.Groups)), Warnings: make([]string, len(u.Warnings))}
	for i, g := range u.Groups {
		out.Groups[i] = analyze.Held{Kind: string(g.Kind), Relation: string(g.Relation), Name: printable(g.Name), N: g.N}
		if g.Path != "" { // all of the folder's are one file
			out.Groups[i].Path = printable(g.Path)
		}
	}
	for i, w := range u.Warnings {
		out.Warnings[i] = printable(w)
	}
	return out, nil
}
