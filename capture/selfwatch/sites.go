package selfwatch

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"runtime/pprof"
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
)

// mostSites is how many sites a line names.
const mostSites = 5

// growing are the sites that have more goroutines than at the baseline, the
// one that has grown most first. Called under the lock.
func (w *Watch) growing() []Site {
	all, err := w.opt.Sites()
	if err != nil {
		return nil
	}
	var grown []Site
	for _, s := range all {
		if s.Growth = s.Count - w.sites[s.Func]; s.Growth > 0 {
			grown = append(grown, s)
		}
	}
	slices.SortStableFunc(grown, func(a, b Site) int { return cmp.Compare(b.Growth, a.Growth) })
	return grown[:min(len(grown), mostSites)]
}

// sites are those of this process's goroutines. The profile stops the process
// for some microseconds a goroutine; it is taken for the baseline and for a line, once a minute at most.
func sites() ([]Site, error) {
	profile := pprof.Lookup("goroutine")
	if profile == nil {
		return nil, errors.New("this process has no goroutine profile")
	}
	var text bytes.Buffer
	if err := profile.WriteTo(&text, 0); err != nil {
		return nil, fmt.Errorf("write the profile of goroutines: %w", err)
	}
	snapshot, err := goroutine.Read(&text, goroutine.Options{})
	if err != nil {
		return nil, fmt.Errorf("read the profile of goroutines: %w", err)
	}
	var all []Site
	for _, g := range snapshot.Groups() {
		all = append(all, Site{Func: string(g.Key), At: fmt.Sprintf("%s:%d", g.Site.File, g.Site.Line), Count: g.Count})
	}
	return all, nil
}
