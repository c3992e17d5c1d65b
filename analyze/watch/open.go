package watch

import (
	"github.com/logcap/logcap/analyze/inspect"
	"github.com/logcap/logcap/analyze/scrape"
)

// open prepares to ask a target in the way that its address names, and tells
// its Go version where that is known before it is asked.
func open(a scrape.Address, o scrape.Options) (scrape.Asker, string, error) {
	if a.Scheme != "pid" {
		c, err := scrape.New(a, o)
		if err != nil {
			return nil, "", err
		}
		return c, "", nil
	}
	p, err := inspect.Open(a.PID, inspect.Options{DumpCeiling: o.DumpCeiling, Force: o.Force, NoDumps: o.NoDumps})
	if err != nil {
		return nil, "", err
	}
	return p, p.Build().GoVersion, nil
}
