// Package docker collects the logs of the containers of one engine.
package docker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// Options are what is read and how. Only Engine has to be set.
type Options struct {
	Name    string // of the source; "" means "docker"
	Engine  *engine.Engine
	Select  Selection
	Read    Read
	Start   source.Start
	Follow  bool          // false: read what is there, of running containers, and no further
	MaxLine int           // bytes of a line that are kept; 0: 1 MiB
	Labels  []string      // labels that become attributes of the origin; compose's project and service always do
	Stall   time.Duration // how long a silent stream is believed; 0: 1 min
	Wait    time.Duration // how long the rest of a line in fragments is waited for; 0: 10 min
	Own     string        // id of the container that logcap runs in, which is never collected; "" for none

	Resume source.State // what State said before a restart
	Lost   bool         // positions were kept and cannot be read: everything is read from its beginning
	Board  *notice.Board
	Now    func() time.Time // nil: time.Now
}

// Source collects containers. It implements source.Source.
type Source struct {
	opt   Options
	began time.Time
	prev  int64         // when the run before began, in Unix ns; 0: there was none
	retry time.Duration // the first pause after a stream has ended
	out   source.Output

	probed atomic.Int64 // when a stream that is silent was last looked after early, in Unix ns

	lines, bytes, cut, partial, overLong, reopens, doubles, damaged atomic.Uint64

	files   *file.Follower     // of json-file logs; nil when all is read over the API
	inFiles map[string]reading // the containers that it follows

	mu      sync.Mutex
	follows map[string]*follow
	cursors map[string]*cursor
	raw     source.State
	changed bool
	settled bool // all containers of the start have been looked at
	all     sync.WaitGroup
	warned  sync.Once // of rotation
}

// beganKey is where the state has the time at which a run began, in Unix ns.
const beganKey = "began"

// New reads the positions. It does not connect.
func New(opt Options) (*Source, error) {
	if opt.Name == "" {
		opt.Name = "docker"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if opt.MaxLine <= 0 {
		opt.MaxLine = 1 << 20
	}
	if opt.Stall == 0 {
		opt.Stall = time.Minute
	}
	if !opt.Follow && opt.Start.Mode == source.FromNow {
		opt.Start.Mode = source.FromBeginning
	}
	if opt.Wait == 0 {
		opt.Wait = 10 * time.Minute
	}
	s := &Source{opt: opt, began: beginning(opt), retry: 20 * time.Millisecond, follows: map[string]*follow{}, cursors: map[string]*cursor{}, raw: source.State{}}
	for key, text := range opt.Resume {
		if key == beganKey {
			if err := json.Unmarshal(text, &s.prev); err != nil {
				return nil, fmt.Errorf("read positions of containers: %w", err)
			}
			continue
		}
		c, err := restore(text)
		if err != nil {
			return nil, fmt.Errorf("read the position of container %s: %w", key, err)
		}
		s.cursors[key] = c
		s.raw[key] = text
	}
	if opt.Read != API {
		s.inFiles = map[string]reading{}
		s.files = s.newFiles()
	}
	text, err := json.Marshal(s.began.UnixNano())
	if err != nil {
		return nil, err
	}
	s.raw[beganKey], s.changed = text, true
	return s, nil
}

// beginning is now by the engine's clock, which says when containers are made and lines
// written. It is known to half a second: where ours may be the same one, ours is exact.
func beginning(opt Options) time.Time {
	own := opt.Now()
	now, _ := opt.Engine.Clock()
	if engine := time.Unix(0, now); engine.Sub(own).Abs() > 2*time.Second {
		return engine
	}
	return own
}

// Name implements source.Source.
func (s *Source) Name() string { return s.opt.Name }

// Stats implements source.Source.
func (s *Source) Stats() source.Stats {
	s.mu.Lock()
	active, settled := len(s.follows), s.settled
	s.mu.Unlock()
	st := source.Stats{
		Kind: source.Docker, Lines: s.lines.Load(), Bytes: s.bytes.Load(), Cut: s.cut.Load(), Partial: s.partial.Load(),
		Active: active, Behind: -1, Reopens: s.reopens.Load(), Dropped: s.doubles.Load(),
		Began: settled || !s.opt.Follow,
	}
	if n := s.overLong.Load(); n > 0 {
		st.Lost = map[string]uint64{"over-long": n}
	}
	if n := s.damaged.Load(); n > 0 {
		if st.Lost == nil {
			st.Lost = map[string]uint64{}
		}
		st.Lost["damaged-entry"] = n
	}
	return s.addFiles(st)
}

// State implements source.Source.
func (s *Source) State() (source.State, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.changed
	s.changed = false
	for id, c := range s.cursors {
		text, err := c.keep()
		if err != nil || text == nil { // numbers and strings always have a JSON form
			continue
		}
		s.raw[id], changed = text, true
	}
	return maps.Clone(s.raw), changed
}

// Run implements source.Source.
func (s *Source) Run(ctx context.Context, out source.Output) error {
	s.out = out
	defer s.all.Wait()
	if s.files != nil {
		s.all.Go(func() { _ = s.files.Run(ctx, out) }) // only ctx ends it
	}
	if !s.opt.Follow {
		return s.once(ctx)
	}
	wait := s.backoff()
	for ctx.Err() == nil {
		err := s.session(ctx, wait)
		if ctx.Err() != nil {
			return nil
		}
		if !cut(err) { // a connection that ended is no trouble before a new one fails
			s.opt.Board.Raise(s.subject(), err)
		}
		sleep(ctx, wait.NextBackOff())
	}
	return nil
}

func (s *Source) subject() string { return "docker " + s.opt.Engine.Host() }

func (s *Source) backoff() *backoff.ExponentialBackOff { return newBackoff(s.retry) }

// start follows a container that is not followed yet, when it is to be.
func (s *Source) start(ctx context.Context, c engine.Container) {
	if !s.wanted(c) {
		return
	}
	done, err := s.startFile(ctx, c)
	if done {
		if err != nil {
			s.opt.Board.Raise("container "+c.Name, err)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.follows[c.ID]; f != nil {
		f.again = true
		return
	}
	cur := s.cursors[c.ID]
	if cur == nil {
		cur = s.cursorOf(c)
		s.cursors[c.ID] = cur
	}
	ctx, cancel := context.WithCancel(ctx)
	f := &follow{s: s, id: c.ID, cur: cur, lines: newAssembly(s, cur), block: leastBlock, cancel: cancel}
	f.origin.Store(s.originOf(c))
	s.follows[c.ID] = f
	s.all.Go(func() {
		defer cancel()
		f.run(ctx, s.out)
	})
}

// finish ends a follow: its container is gone, or has stopped and is read, or
// it was told to end. It says no when the container was started meanwhile.
func (s *Source) finish(f *follow, gone, told bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.again && !gone && !told {
		f.again = false
		return false
	}
	delete(s.follows, f.id)
	if gone {
		s.drop(f.id)
	}
	return true
}

// drop forgets the position of a container that is no more. Called under the lock.
func (s *Source) drop(id string) {
	delete(s.cursors, id)
	if _, ok := s.raw[id]; ok {
		delete(s.raw, id)
		s.changed = true
	}
}

// ill tells why a container cannot be read now. That the engine cannot be reached the session tells, once
// for all; that a container is being removed is its end, and no trouble.
func (s *Source) ill(f *follow, err error) {
	var unreachable *engine.Unreachable
	var answered *engine.Answered
	switch {
	case errors.As(err, &unreachable):
		return
	case errors.As(err, &answered) && (answered.Status == http.StatusNotFound || answered.Status == http.StatusConflict):
		return
	}
	f.trouble = true
	s.opt.Board.Raise("container "+f.origin.Load().Name, fmt.Errorf("read the log of container %s: %w", f.origin.Load().Name, err))
}

func (s *Source) well(f *follow) {
	if f.trouble {
		f.trouble = false
		s.opt.Board.Clear("container " + f.origin.Load().Name)
	}
}

// once reads what is there.
func (s *Source) once(ctx context.Context) error {
	all, err := s.opt.Engine.List(ctx)
	if err != nil {
		return fmt.Errorf("list containers: %w", err)
	}
	for _, c := range all {
		s.mu.Lock()
		known := s.cursors[c.ID] != nil
		s.mu.Unlock()
		if c.Running || known {
			s.start(ctx, c)
		}
	}
	if s.files != nil {
		s.files.Finish()
	}
	s.all.Wait()
	if err := ctx.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
