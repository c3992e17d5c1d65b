package inspect

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/procmem"
)

// scans looks for births until it is told to stop or the process is gone.
func (a *Asker) scans(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		took, err := a.scan()
		if err != nil {
			return
		}
		timer.Reset(a.pause(took))
	}
}

// pause is how long to wait after a scan so that scans take no more than their
// share of a core.
func (a *Asker) pause(took time.Duration) time.Duration {
	if a.opts.Force {
		return a.opts.ScanInterval
	}
	return max(a.opts.ScanInterval-took, time.Duration(float64(took)*(1/a.opts.ScanShare-1)))
}

// scan looks once at every goroutine's struct, and at the stacks of parents of
// those it sees for the first time.
func (a *Asker) scan() (time.Duration, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	began := time.Now()
	a.tracker.Begin()
	_, err := a.reader.Scan(func(batch []procmem.G) error {
		for i := range batch {
			g := &batch[i]
			a.tracker.Saw(lineage.Sighting{ID: g.ID, Parent: g.Parent, GoPC: g.GoPC, StartPC: g.StartPC, Addr: g.Addr, Dead: g.Dead()})
		}
		return nil
	})
	if err == nil {
		err = a.catch.stacks(a.reader, a.tracker, a.tracker.End())
	}
	if id, addr, ok := a.tracker.Next(); ok && err == nil {
		var stack []goroutine.Frame
		stack, err = a.reader.Stack(addr, id)
		a.tracker.Looked(id, stack)
	}
	a.scanErr = err
	return time.Since(began), err
}

// catcher decides whose parents' stacks are read: all of a go statement that is
// seldom met, a few in each scan of one that is met all the time.
type catcher struct {
	now map[uint64]int // by gopc, in this scan
}

const (
	// catchEach is how many stacks are read in one scan for one go statement,
	// catchAll for all. One takes some ten microseconds.
	catchEach = 4
	catchAll  = 32
)

func (c *catcher) stacks(r *procmem.Reader, t *lineage.Tracker, fresh []lineage.Fresh) error {
	if c.now == nil {
		c.now = map[uint64]int{}
	}
	clear(c.now)
	read := 0
	// The newest first: their parents have had the least time to go on.
	slices.SortFunc(fresh, func(x, y lineage.Fresh) int { return cmp.Compare(x.ID, y.ID) })
	for i := len(fresh) - 1; i >= 0 && read < catchAll; i-- {
		f := fresh[i]
		if c.now[f.GoPC]++; c.now[f.GoPC] > catchEach {
			continue
		}
		read++
		stack, err := r.Stack(f.ParentAddr, f.Parent)
		if err != nil {
			return err
		}
		t.Caught(f.ID, stack)
	}
	return nil
}
