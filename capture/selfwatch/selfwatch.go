// Package selfwatch looks at what the collector's own process holds:
// goroutines, heap and open descriptors, against a baseline that is taken when
// it has settled after its start, and not before. What grows without more work to explain it is
// told as one JSON line, which `logcap report` reads, and as a problem on the board.
//
// It has no goroutine and no clock: whoever looks at the rest of the collector
// from time to time calls Look and says when that was.
package selfwatch

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/notice"
)

// Sample is what the process holds at one moment.
type Sample struct {
	Goroutines  int
	Memory      int64 // bytes that the Go runtime has from the system and has not given back
	Heap        int64 // bytes that the last garbage collection found in use; before the first one, those in use
	Descriptors int   // open ones; -1 where the system does not tell
	Collections int64 // garbage collections so far
}

// Work is what explains that a collector holds more than it did at its baseline.
type Work struct {
	Ready   bool  // it has found what there was at its start; before that there is no baseline
	Streams int   // origins that have a goroutine and a connection of their own
	Logs    int   // origins that have descriptors alone
	Queued  int64 // bytes in the queues of the sinks
}

// Site is where goroutines were created, and how many there are.
type Site struct {
	Func   string `json:"func"` // their outermost function that is no launcher's
	At     string `json:"at"`   // file and line of the go statement, or of the function where that is not known
	Count  int    `json:"count"`
	Growth int    `json:"growth"` // since the baseline
}

// Options are how a Watch looks and whom it tells. The zero value looks at this process and tells nobody.
type Options struct {
	Take    func() Sample          // nil: of this process
	Sites   func() ([]Site, error) // nil: of this process; Growth is not read
	Collect func()                 // collects garbage; nil: that of this process
	Lines   io.Writer              // gets a JSON line for each change; nil: nobody does
	Board   *notice.Board
}

// Watch is the watch of one process.
type Watch struct {
	opt Options

	mu     sync.Mutex // State is asked for from other goroutines than Look's
	state  State
	steady settling
	base   Work
	sites  map[string]int // goroutines of each site at the baseline
	gauges [3]*gauge
	idle   int // looks in a row between which no garbage was collected
}

// State is what the last look has seen.
type State struct {
	Sample
	Taken    time.Time // when the baseline was; zero: it has not been yet
	Baseline Sample
	Growing  []string // what has grown without a reason: "goroutines", "memory", "descriptors"
}

// The order of Watch.gauges.
const (
	goroutines = iota
	memory
	descriptors
)

// New makes a Watch that has not looked yet.
func New(opt Options) *Watch {
	if opt.Take == nil {
		opt.Take = take
	}
	if opt.Sites == nil {
		opt.Sites = sites
	}
	if opt.Collect == nil {
		opt.Collect = runtime.GC
	}
	return &Watch{opt: opt, gauges: [3]*gauge{
		goroutines:  {name: "goroutines", least: 20},
		memory:      {name: "memory", least: 64 << 20},
		descriptors: {name: "descriptors", least: 50},
	}}
}

// State is what the last look has seen; from any goroutine.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	for _, g := range w.gauges {
		if g.open {
			s.Growing = append(s.Growing, g.name)
		}
	}
	return s
}

// Look takes a sample and tells what has changed. Looks are some seconds apart; one at a time.
func (w *Watch) Look(now time.Time, work Work) {
	w.collect()
	s := w.opt.Take()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle++; s.Collections != w.state.Collections {
		w.idle = 0
	}
	w.state.Sample = s
	if w.state.Taken.IsZero() {
		if w.steady.look(now, s.Goroutines, work.Ready) {
			w.begin(now, s, work)
		}
		return
	}
	streams, logs := int64(max(0, work.Streams-w.base.Streams)), int64(max(0, work.Logs-w.base.Logs))
	origins := int64(work.Streams + work.Logs)
	// A stream may look after itself over a second connection; a log that is rotated is held up
	// to five times; an origin may hold the rest of a line.
	w.judge(goroutines, now, int64(s.Goroutines), 2*streams, 0)
	w.judge(memory, now, s.Heap, max(0, work.Queued-w.base.Queued), origins<<15)
	if s.Descriptors >= 0 {
		w.judge(descriptors, now, int64(s.Descriptors), 2*streams+logs, 4*origins)
	}
}

// idleLooks is for how many looks a collection is waited for. With the two that have to agree, a heap is well again within 8 s.
const idleLooks = 2

// collect collects garbage while the heap has grown and nothing else does: a
// collector that has nothing to do is collected every two minutes only, and until then nobody knows that it has let go.
func (w *Watch) collect() {
	w.mu.Lock()
	due := w.gauges[memory].open && w.idle >= idleLooks
	w.mu.Unlock()
	if due {
		w.opt.Collect()
	}
}

// begin takes the baseline.
func (w *Watch) begin(now time.Time, s Sample, work Work) {
	w.state.Taken, w.state.Baseline, w.base = now, s, work
	w.gauges[goroutines].begin(now, int64(s.Goroutines))
	w.gauges[memory].begin(now, s.Heap)
	w.gauges[descriptors].begin(now, int64(s.Descriptors))
	w.sites = map[string]int{}
	all, err := w.opt.Sites()
	if err != nil {
		return // a line without sites is still a line
	}
	for _, site := range all {
		w.sites[site.Func] = site.Count
	}
}

// judge takes one more value of a gauge, and tells what follows from it.
func (w *Watch) judge(i int, now time.Time, value, explained, slack int64) {
	g := w.gauges[i]
	c := g.look(now, value, explained, slack)
	if c.line {
		w.write(i, now, c)
	}
	subject := "self " + g.name
	switch {
	case c.began:
		w.opt.Board.Raise(subject, &grown{g.name, value, g.baseline, w.top(i)})
	case c.ended:
		w.opt.Board.Clear(subject)
	}
}

// top is the site that has grown most; "" when none has, or when it is not about goroutines.
func (w *Watch) top(i int) string {
	if i != goroutines {
		return ""
	}
	for _, s := range w.growing() {
		return fmt.Sprintf("%d more in %s (%s)", s.Growth, s.Func, s.At)
	}
	return ""
}

// grown is a process that holds more than its work explains.
type grown struct {
	what            string
	value, baseline int64
	most            string
}

func (e *grown) Error() string {
	unit := ""
	value, baseline := e.value, e.baseline
	if e.what == "memory" {
		unit, value, baseline = " MiB", value>>20, baseline>>20
	}
	text := fmt.Sprintf("watch this process: %s grow: %d%s, from %d%s once it had started, and no work explains it", e.what, value, unit, baseline, unit)
	if e.what == "memory" {
		text = fmt.Sprintf("watch this process: its memory grows: %d%s in use, from %d%s once it had started, and no work explains it", value, unit, baseline, unit)
	}
	if e.most != "" {
		text += "; " + e.most
	}
	return text
}

// Hint is the next step.
func (e *grown) Hint() string {
	switch e.what {
	case "goroutines":
		return fmt.Sprintf("logcap leak-watch pid:%d finds out where they come from; logcap report reads the lines that begin with {\"baseline\"", os.Getpid())
	case "memory":
		return "go tool pprof on /debug/pprof/heap says what is kept; --listen serves it"
	}
	return fmt.Sprintf("ls -l /proc/%d/fd says what they are", os.Getpid())
}
