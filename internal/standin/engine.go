// Package standin is a Docker engine on a unix socket that has no containers:
// it answers what a log collector asks as engine 20.10 (API 1.41) does, and fails as
// engines do. Logs are framed, cut into fragments of 16 KiB and stamped as the
// engine's copier does it; connections can be cut at any byte, streams can
// stall, the whole engine can go away and come back. A thousand containers
// of it cost a fraction of a core, so that what a collector costs can be measured beside it.
//
// Who uses it says what containers do: Create, Start, Write, Stop, Remove. It knows nothing of any collector.
package standin

import (
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options say where the engine listens and what it remembers. Only Path has to be set.
type Options struct {
	Path   string           // of the socket
	Retain time.Duration    // how long a log remembers what was written to a running container; 0: 2 min
	Skew   time.Duration    // how much earlier a line may be stamped than one before it of the other stream; 0: 500 µs; below 0: none
	Early  float64          // how often, of 1, a stream that sees its container stop ends a few lines too early
	Piece  int              // bytes of log in one HTTP chunk; 0: a whole message
	Now    func() time.Time // nil: time.Now
}

// Counts are what has happened so far.
type Counts struct {
	Opened    uint64 // log streams that were asked for, those without follow too
	Cut       uint64 // connections that Cut has ended, and did not just close when all went down
	Stalled   uint64 // streams that Stall has silenced
	Early     uint64 // streams that ended before the last lines
	Forgotten uint64 // messages that were asked for and are not remembered any more: Retain is too short
}

// Engine is one stand-in. Its methods can be called from any goroutine.
type Engine struct {
	opt Options

	opened, cut, stalled, early, forgotten atomic.Uint64

	up      atomic.Bool
	running sync.WaitGroup // requests, and the server

	mu         sync.Mutex
	server     *http.Server // nil: down
	wires      map[*wire]struct{}
	containers []*Container // in the order of their making
	byID       map[string]*Container
	events     history
	made       int
	hang       chan struct{} // closed when requests are answered again; nil: they are
	mute       bool          // followed streams give nothing
	cuts       []int         // bytes after which the next followed streams are cut
}

// New listens.
func New(o Options) (*Engine, error) {
	if o.Retain == 0 {
		o.Retain = 2 * time.Minute
	}
	if o.Skew == 0 {
		o.Skew = 500 * time.Microsecond
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	e := &Engine{opt: o, wires: map[*wire]struct{}{}, byID: map[string]*Container{}}
	return e, e.Up()
}

// Host is the address for DOCKER_HOST.
func (e *Engine) Host() string { return "unix://" + e.opt.Path }

// Counts tells what has happened.
func (e *Engine) Counts() Counts {
	return Counts{e.opened.Load(), e.cut.Load(), e.stalled.Load(), e.early.Load(), e.forgotten.Load()}
}

// Up begins to listen again after Down. What containers have written meanwhile
// was waiting in their pipes and is logged now, as with live-restore.
func (e *Engine) Up() error {
	e.mu.Lock()
	if e.server != nil {
		e.mu.Unlock()
		return errors.New("the stand-in engine listens already")
	}
	l, err := net.Listen("unix", e.opt.Path)
	if err != nil {
		e.mu.Unlock()
		return err
	}
	s := &http.Server{Handler: http.HandlerFunc(e.serve), ReadHeaderTimeout: 10 * time.Second}
	e.server = s
	e.up.Store(true)
	e.running.Go(func() { _ = s.Serve(l) }) // it ends with ErrServerClosed, by Down
	all := slices.Clone(e.containers)
	e.mu.Unlock()
	for _, c := range all {
		c.drain()
	}
	return nil
}

// Down closes every connection and takes the socket away, as a restart of the
// engine does. It returns when nothing is being answered any more.
func (e *Engine) Down() error {
	e.mu.Lock()
	s := e.server
	e.server = nil
	e.up.Store(false)
	for w := range e.wires {
		w.close()
	}
	e.mu.Unlock()
	if s == nil {
		return nil
	}
	err := s.Close() // with the listener the socket goes
	e.running.Wait()
	return err
}

// Close is Down for good.
func (e *Engine) Close() error {
	e.Hang(false)
	return e.Down()
}

// Hang makes the engine take requests and not answer them, until it is told to go on.
func (e *Engine) Hang(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case on && e.hang == nil:
		e.hang = make(chan struct{})
	case !on && e.hang != nil:
		close(e.hang)
		e.hang = nil
	}
}

// CutAfter cuts the next streams of logs that are followed, one after the
// other, each after so many bytes of its body, HTTP's own included.
func (e *Engine) CutAfter(bytes ...int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.cuts = append(e.cuts, bytes...)
}

// Cut ends n open streams, taken at random and events among them, each within its next few hundred bytes.
func (e *Engine) Cut(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for w := range e.wires { // a map's order is random enough
		if n <= 0 {
			return
		}
		n--
		after := rand.IntN(400)
		if rand.IntN(3) == 0 {
			after = 0 // at once: a quiet one has nothing to be cut within
		}
		w.left.CompareAndSwap(-1, int64(after))
		w.stir()
	}
}

// Stall silences n followed streams, taken at random: they stay open and give
// nothing more until their container stops, as engines were seen to do when a log is rotated.
func (e *Engine) Stall(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for w := range e.wires {
		if n <= 0 {
			return
		}
		if w.log && w.stalled.CompareAndSwap(false, true) {
			e.stalled.Add(1)
			n--
		}
	}
}

// Mute silences all followed streams as Stall does, and those that are opened until it is told to stop; they stay silent.
func (e *Engine) Mute(on bool) {
	e.mu.Lock()
	e.mute = on
	e.mu.Unlock()
	if on {
		e.Stall(math.MaxInt)
	}
}

// add takes a connection among those that can be cut; no when the engine is down.
func (e *Engine) add(w *wire) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return false
	}
	if w.log && len(e.cuts) > 0 {
		w.left.Store(int64(e.cuts[0]))
		e.cuts = e.cuts[1:]
	}
	if w.log && e.mute && w.stalled.CompareAndSwap(false, true) {
		e.stalled.Add(1)
	}
	e.wires[w] = struct{}{}
	return true
}

func (e *Engine) remove(w *wire) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.wires, w)
}
