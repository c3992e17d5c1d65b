// Package file reads the logs that paths and globs name, through every
// rotation, and finds new ones. One goroutine reads all of them.
package file

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tail"
)

// Options are what is read and how. Only Patterns has to be set.
type Options struct {
	Name     string   // of the source; "" means "file"
	Patterns []string // paths and globs (* ? [a-z] {a,b} and ** for any number of directories)
	Exclude  []string // globs of paths, or of names without a directory, that are left out
	Start    source.Start
	Follow   bool // false: read what is there to its end, and no further; FromNow then means FromBeginning

	Lines  LinesOptions
	Wait   time.Duration // how long the rest of an unfinished line is waited for; 0: 10 min
	Rescan time.Duration // how often everything is looked at without an event; 0: 5 s
	Open   int           // files that are held open, others are closed while they are quiet; 0: half of what the system allows, 4096 at most

	Owns   func(fs.FileInfo) bool // says that a file is logcap's own output; nil: none is
	Resume source.State           // what State said before a restart
	Lost   bool                   // positions were kept and cannot be read: everything is read from its beginning
	Board  *notice.Board
	Now    func() time.Time // nil: time.Now
}

// Source reads files. It implements source.Source.
type Source struct {
	opt      Options
	patterns []pattern
	follower *Follower
	keeper   *keeper
	damaged  map[string]error // positions that cannot be understood
	began    bool             // what is found from now on has appeared later

	seen    map[string]*passedOver // paths that match and are not followed
	live    bases                  // of what is followed
	kept    bases                  // of what a run before has followed
	dirs    map[string]struct{}    // that are watched for new files
	failure error                  // of a file, when nothing is followed
}

// New checks the patterns. Errors have a hint.
func New(opt Options) (*Source, error) {
	if len(opt.Patterns) == 0 {
		return nil, errors.New("read files: no path was given")
	}
	if opt.Name == "" {
		opt.Name = "file"
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	if !opt.Follow && opt.Start.Mode == source.FromNow {
		opt.Start.Mode = source.FromBeginning
	}
	s := &Source{opt: opt, seen: map[string]*passedOver{}, live: bases{}, kept: bases{}, dirs: map[string]struct{}{}}
	for _, text := range opt.Patterns {
		p, err := parsePattern(text)
		if err != nil {
			return nil, err
		}
		s.patterns = append(s.patterns, p)
	}
	for _, text := range opt.Exclude {
		if err := checkGlob(text); err != nil {
			return nil, err
		}
	}
	s.keeper, s.damaged = newKeeper(opt.Resume, opt.Now)
	for key := range s.keeper.read {
		s.kept.add(strings.TrimPrefix(key, keyPrefix))
	}
	for key, err := range s.damaged {
		opt.Board.Tell("position "+key, &damagedPosition{strings.TrimPrefix(key, keyPrefix), err})
	}
	s.follower = NewFollower(FollowerOptions{
		Subject: "file", Once: !opt.Follow, Wait: opt.Wait, Rescan: opt.Rescan, Open: opt.Open, Board: opt.Board, Tail: tail.Options{Now: opt.Now},
		Appeared: s.appeared, Changed: s.changed, Rescanned: s.rescanned, Ended: s.ended,
	})
	return s, nil
}

// Name implements source.Source.
func (s *Source) Name() string { return s.opt.Name }

// Stats implements source.Source.
func (s *Source) Stats() source.Stats {
	st := s.follower.Stats()
	st.Kind = source.File
	return st
}

// State implements source.Source. Its keys are those of the origins, and "patterns".
func (s *Source) State() (source.State, bool) { return s.keeper.state() }

// Run implements source.Source.
func (s *Source) Run(ctx context.Context, out source.Output) error {
	s.follower.prepare(s.start)
	if err := s.follower.Run(ctx, out); err != nil {
		return err
	}
	return s.failure
}

// start finds what is there. It runs in the Follower's goroutine, when directories can be watched.
func (s *Source) start() {
	var found []candidate
	for i := range s.patterns {
		found = s.scan(&s.patterns[i], found)
	}
	if s.opt.Follow || s.opt.Start != (source.Start{Mode: source.FromTail}) { // or nothing is wanted, not even an unfinished line
		s.consider(found)
	}
	if !s.opt.Follow {
		if len(found) == 0 {
			s.failure = &nothingThere{s.opt.Patterns, false}
		}
		s.follower.Finish()
	}
	if s.opt.Follow {
		s.tellEmpty()
	}
	s.keeper.tell(s.opt.Patterns)
	s.began = true
}

// follow begins to read a log.
func (s *Source) follow(c candidate) {
	key := keyPrefix + c.path
	spec := Spec{
		Path:    c.path,
		Origin:  &record.Origin{Key: key, Source: "file", Name: c.path},
		Decoder: NewLines(s.opt.Lines),
		Start:   s.startOf(c),
		Refuse: func(head []byte) error {
			if binary(head) {
				return &binaryFile{c.path}
			}
			return nil
		},
		Position: func(p tail.Position, mark string, _ *record.Batch) record.Position {
			return s.keeper.position(key, p, mark)
		},
	}
	if kept := s.keeper.last(key); kept != nil {
		spec.Start.Resume, spec.Mark = &kept.Position, kept.Mark
		if kept.Offset > 0 {
			spec.Refuse = nil // it was asked for at the beginning, and what is in the middle says less
		}
	} else if info := stat(c.path); spec.Start.From != tail.Beginning && info != nil && info.Mode().IsRegular() {
		if head := headOf(c.path); head != nil {
			spec.Decoder.(*Lines).Middle(head)
			if binary(head) {
				s.opt.Board.Raise("file "+c.path, &binaryFile{c.path})
				s.passOver(c, nil)
				return
			}
			spec.Refuse = nil
		}
	}
	s.live.add(c.path)
	s.follower.add(spec)
}

// startOf is where a log begins of which no position is known.
func (s *Source) startOf(c candidate) tail.Start {
	_, damaged := s.damaged[keyPrefix+c.path]
	_, all := s.damaged[patternsKey] // what had been seen is not known
	if s.began || s.opt.Lost || damaged || all || s.keeper.knew(c.pattern.text) {
		return tail.Start{} // it has appeared since
	}
	switch s.opt.Start.Mode {
	case source.FromBeginning:
		return tail.Start{}
	case source.FromTime:
		return tail.Start{From: tail.Since, Since: s.opt.Start.Since}
	case source.FromTail:
		return tail.Start{From: tail.LastLines, Lines: s.opt.Start.Lines}
	}
	return tail.Start{From: tail.End}
}

// ended is told of a log that is not followed any more.
func (s *Source) ended(key string, why End) {
	path := key[len(keyPrefix):]
	s.live.remove(path)
	switch why {
	case Vanished:
		if !s.opt.Follow {
			s.failure = &someUnread{}
		}
		s.keeper.gone(key)
	case Read, Refused, Retired:
		if info := stat(path); info != nil {
			s.seen[path] = &passedOver{path: path, info: info, size: info.Size(), final: true}
		}
		if why == Refused && !s.opt.Follow {
			s.failure = &someUnread{}
		}
	}
}
