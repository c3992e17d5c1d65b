package live

import (
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/goroutine"
)

// plan is what stays the same over the whole watch.
type plan struct {
	Interval  time.Duration
	Duration  time.Duration // 0: no set end
	Samples   int           // 0: no set end
	Recording string
}

// model is all that the screen depends on. It is a value: keys and snapshots
// make a new one, and the same one always draws the same screen.
type model struct {
	plan          plan
	width, height int
	elapsed       time.Duration // since the view began
	targets       []snapshot
	at            int // the target shown
	views         []position

	sort   order
	filter string
	typing bool // the filter is being typed
	help   bool
	// paused keeps what is shown; what came meanwhile is in waiting.
	paused  bool
	waiting []snapshot
	since   time.Duration // elapsed when the pause began
	ending  bool          // the watch was told to end
}

// position is where the user is in one target's table.
type position struct {
	// chosen is the site under the cursor, which stays under it when the order
	// changes; "" is whichever is first.
	chosen goroutine.Key
	top    int  // the first row on the screen
	open   bool // the chosen site's stack is shown
	scroll int  // the first line of it on the screen
}

func newModel(p plan, names []string) model {
	m := model{plan: p, width: 80, height: 24, targets: make([]snapshot, len(names)), views: make([]position, len(names))}
	for i, name := range names {
		m.targets[i].Name = name
	}
	return m
}

// resized is the model on a screen of another size.
func (m model) resized(width, height int) model {
	m.width, m.height = width, height
	return m.settle()
}

// with is the model at a later time, with the newest snapshots; nil ones have not changed.
func (m model) with(elapsed time.Duration, news []*snapshot) model {
	m.elapsed = elapsed
	into := &m.targets
	if m.paused {
		into = &m.waiting
	}
	fresh := append([]snapshot(nil), *into...)
	for i, s := range news {
		if s != nil {
			fresh[i] = *s
		}
	}
	*into = fresh
	return m.settle()
}

func (m model) pause() model {
	if m.paused {
		m.targets, m.waiting = m.waiting, nil
	} else {
		m.waiting, m.since = m.targets, m.elapsed
	}
	m.paused = !m.paused
	return m.settle()
}

// target is the one shown.
func (m model) target() snapshot { return m.targets[m.at] }

func (m model) position() position { return m.views[m.at] }

// moved is the model with another position in the target shown.
func (m model) moved(p position) model {
	m.views = append([]position(nil), m.views...)
	m.views[m.at] = p
	return m
}

// settle keeps cursor and scrolling within what there is to show.
func (m model) settle() model {
	p := m.position()
	rows := m.rows()
	i, found := indexOf(rows, p.chosen)
	if !found && p.open {
		p.open = false
	}
	page := m.page()
	p.top = max(0, min(p.top, i, len(rows)-page))
	if i >= p.top+page {
		p.top = i - page + 1
	}
	if p.open {
		p.scroll = max(0, min(p.scroll, len(m.detailLines(rows[i]))-(page-1)))
	}
	return m.moved(p)
}

// step moves the cursor, or the stack that is open, by n lines.
func (m model) step(n int) model {
	p := m.position()
	if p.open {
		p.scroll += n
		return m.moved(p).settle()
	}
	rows := m.rows()
	if len(rows) == 0 {
		return m
	}
	i, _ := indexOf(rows, p.chosen)
	p.chosen = rows[max(0, min(i+n, len(rows)-1))].Key
	return m.moved(p).settle()
}

// toggle opens the chosen site's stack, or closes it.
func (m model) toggle() model {
	p := m.position()
	rows := m.rows()
	if len(rows) == 0 {
		return m
	}
	i, _ := indexOf(rows, p.chosen)
	p.chosen, p.open, p.scroll = rows[i].Key, !p.open, 0
	return m.moved(p).settle()
}

// turn shows the target n further on, around the end.
func (m model) turn(n int) model {
	m.at = ((m.at+n)%len(m.targets) + len(m.targets)) % len(m.targets)
	return m.settle()
}

// indexOf is the row of a site; the first one when it is not there.
func indexOf(rows []*site, key goroutine.Key) (i int, found bool) {
	for i := range rows {
		if rows[i].Key == key {
			return i, true
		}
	}
	return 0, false
}

// worst orders verdicts for the eye: what to look at first.
func worst(s *site) int {
	switch s.Verdict {
	case analyze.Confirmed:
		return 6
	case analyze.Stuck, analyze.Probable:
		return 5
	case analyze.Suspect:
		return 4
	case analyze.GrowingWithLoad:
		return 3
	case analyze.Inconclusive:
		return 2
	}
	if s.Victim {
		return 1
	}
	return 0
}
