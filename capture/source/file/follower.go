package file

import (
	"context"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tail"
)

// Spec is one log to follow.
type Spec struct {
	Path    string
	Origin  *record.Origin
	Decoder source.Decoder // this log's own; one that has a Mark is resumed with Mark
	Start   tail.Start
	Mark    string // of the decoder at Start.Resume
	Through bool   // records go on from one file to the next when the log is rotated

	// Position makes the position of a batch that ends at p, with the decoder's
	// mark there. nil: no positions are kept.
	Position func(p tail.Position, mark string, b *record.Batch) record.Position

	// Refuse looks at the first bytes of the log; an error ends the reading of
	// it and is told on the board. nil: everything is read.
	Refuse func(head []byte) error
}

// marker is a decoder that has to be told more than where to go on: its encoding, that it is within a line.
type marker interface {
	Mark() string
	Resume(mark string)
}

// FollowerOptions are what all logs of a Follower share. The zero value follows for ever.
type FollowerOptions struct {
	Subject string        // what a log is called on the board, before its path: "file"
	Once    bool          // read to the end of each log and no further
	Wait    time.Duration // how long the rest of an unfinished line is waited for; 0: 10 min
	Rescan  time.Duration // how often every log is looked at without an event; 0: 5 s
	Board   *notice.Board
	Tail    tail.Options

	Open int // logs that hold a descriptor, others are closed while they are quiet; 0: half of what the system allows, 4096 at most

	// Appeared is told of a path that has come into a watched directory, Changed of
	// a directory without events in which something has, Rescanned that it is time
	// to look at everything again, and Ended of a log that is not followed any
	// more. All are called by Run, and may call the Follower.
	Appeared  func(path string)
	Changed   func(dir string)
	Rescanned func()
	Ended     func(key string, why End)
}

// End is why a log is not followed any more.
type End uint8

// Why it can be.
const (
	Read     End = iota // to its end, with Once or as an archive
	Retired             // Retire was called, and its rest has been read
	Vanished            // the file and its siblings are gone
	Refused             // by Spec.Refuse
)

// Follower reads any number of logs in the one goroutine that calls Run; a log
// that is idle costs a descriptor and no goroutine. Logs that have something
// take turns, a block each, so that a large backlog holds nobody up.
type Follower struct {
	opt   FollowerOptions
	watch *watch
	stats counters

	mu     sync.Mutex
	wishes []wish // what Run has to do next
	wake   chan struct{}

	out    source.Output     // it and the rest are Run's alone
	first  func()            // to be called when Run can be asked for things
	logs   map[string]*log   // by key
	paths  map[string][]*log // by every path whose events concern them
	ready  []*log            // have something, or may have
	uneasy map[*log]struct{} // have been rotated, or may have
	fails  map[string]Spec   // could not be opened, tried at each rescan
	soon   map[string]Spec   // could not be opened just now, tried again at once
	leave  bool              // Finish was called

	listings *listings
	parking  parking
	looks    looks
	shortage bool      // a log has had to wait for a descriptor since the last rescan
	looked   time.Time // when uneasy logs were last looked at
}

// wish is what Run is asked for: one of the fields.
type wish struct {
	spec   *Spec
	retire string
	flush  string
	rename *record.Origin
	finish bool
}

// NewFollower makes a Follower that follows nothing yet.
func NewFollower(opt FollowerOptions) *Follower {
	if opt.Wait == 0 {
		opt.Wait = 10 * time.Minute
	}
	if opt.Rescan == 0 {
		opt.Rescan = 5 * time.Second
	}
	if opt.Tail.Now == nil {
		opt.Tail.Now = time.Now
	}
	listings := newListings()
	opt.Tail.Names = listings.names
	return &Follower{
		listings: listings, parking: newParking(opt.Open), soon: map[string]Spec{},
		opt: opt, wake: make(chan struct{}, 1), logs: map[string]*log{}, paths: map[string][]*log{}, fails: map[string]Spec{}, uneasy: map[*log]struct{}{},
	}
}

// prepare has Run call first before anything else, when directories can be watched.
func (f *Follower) prepare(first func()) { f.first = first }

// Add follows one more log; from any goroutine, before and in Run. One that cannot be opened is
// told on the board and tried again at each rescan. A key that is followed already stays as it is.
func (f *Follower) Add(s Spec) { f.ask(wish{spec: &s}) }

// Retire reads a log to its end, once, and lets it go; from any goroutine.
func (f *Follower) Retire(key string) { f.ask(wish{retire: key}) }

// Flush reads a log to its end and sends the line that has begun there as it is; from any goroutine.
func (f *Follower) Flush(key string) { f.ask(wish{flush: key}) }

// Rename gives the log of o.Key another origin from now on; from any goroutine.
func (f *Follower) Rename(o *record.Origin) { f.ask(wish{rename: o}) }

// Finish lets Run return once no log is followed any more; from any goroutine.
func (f *Follower) Finish() { f.ask(wish{finish: true}) }

func (f *Follower) ask(w wish) {
	f.mu.Lock()
	f.wishes = append(f.wishes, w)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Pauses of Run.
const (
	breath    = 5 * time.Millisecond   // between rounds that found something, so that blocks are worth their price
	nap       = 100 * time.Millisecond // between looks at a log that waits for time: for a truncation's copy, for late lines
	calm      = 15 * time.Second       // so long after a rotation such looks go on; longer than the tail's Grace
	lookEvery = 500 * time.Millisecond // between looks at what has no events
)

// wait is how long to wait for something to happen after a round.
func (f *Follower) wait(found progress) time.Duration {
	switch {
	case found == full:
		return 0
	case found == some || len(f.ready) > 0:
		return breath
	case len(f.uneasy) > 0 || len(f.soon) > 0:
		return nap
	}
	return 24 * time.Hour // the rescan comes first
}

// Run reads until ctx is done, or until Finish and the end of every log. It
// holds one goroutine of its own besides: the library's that hears of events.
func (f *Follower) Run(ctx context.Context, out source.Output) error {
	f.out = out
	defer f.turning()()
	f.watch = newWatch(f.opt.Board, f.opt.Subject, f.opt.Once)
	defer f.watch.close()
	defer f.closeAll(ctx)
	if f.first != nil {
		f.first()
	}
	f.stats.began.Store(true)
	rescan := time.NewTicker(f.opt.Rescan)
	defer rescan.Stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		f.turned()
		f.fulfil(ctx)
		more, err := f.round(ctx)
		if err != nil {
			return nil // only ctx ends a Send
		}
		if f.leave && len(f.logs)+len(f.soon) == 0 && !f.wished() {
			return nil
		}
		pause.Reset(f.wait(more))
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		case <-f.wake:
		case <-rescan.C:
			f.rescan()
		case <-look.C:
			f.look()
		case e := <-f.watch.events():
			f.hear(e)
			f.hearMore()
		case err := <-f.watch.errors():
			f.watch.failed(err)
			f.rescan()
		}
		if time.Since(f.looked) >= nap { // also when there is always something else
			f.looked = time.Now()
			f.touchUneasy()
			f.trySoon()
		}
	}
}

// wished says that there are wishes that have not been fulfilled.
func (f *Follower) wished() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.wishes) > 0
}

// fulfil does what was asked for.
func (f *Follower) fulfil(ctx context.Context) {
	f.mu.Lock()
	wishes := f.wishes
	f.wishes = nil
	f.mu.Unlock()
	for _, w := range wishes {
		switch {
		case w.spec != nil:
			f.add(*w.spec)
		case w.finish:
			f.leave = true
		case w.rename != nil:
			if l := f.logs[w.rename.Key]; l != nil {
				l.spec.Origin = w.rename
			}
		case w.flush != "":
			if l := f.logs[w.flush]; l != nil {
				l.flush = true
				f.touch(l)
			}
		default:
			delete(f.fails, w.retire)
			if l := f.logs[w.retire]; l != nil {
				l.retired = true
				f.touch(l)
			}
		}
	}
}

// progress is what a round has found.
type progress uint8

const (
	nothing progress = iota
	some             // something, but no full block
	full             // at least one log has more than it was given time for
)

// round gives every log that is ready one turn.
func (f *Follower) round(ctx context.Context) (progress, error) {
	turn, most := f.ready, nothing
	f.ready, f.parking.refused = nil, false
	for i, l := range turn {
		l.ready = false
		p, err := f.read(ctx, l)
		f.turned()
		if err != nil {
			f.ready = append(f.ready, turn[i+1:]...)
			return most, err
		}
		most = max(most, p)
	}
	return most, nil
}

// touch puts a log among those that are read next.
func (f *Follower) touch(l *log) {
	if !l.ready && !l.gone {
		l.ready = true
		f.ready = append(f.ready, l)
	}
}
