package file

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tail"
)

// patternsKey is where the state has what was asked for: what appears below a
// pattern while no collector runs is new to the next one.
const patternsKey = "patterns"

// keepGone is how long the position of a log is kept whose file is gone.
const keepGone = 24 * time.Hour

// kept is one log's position, as it is in the checkpoint.
type kept struct {
	tail.Position
	Mark string `json:"mark,omitempty"` // of the decoder
	Gone int64  `json:"gone,omitempty"` // when the file was missed, in Unix s
}

// keeper holds the positions of all logs: those that were acknowledged, for the checkpoint, and those
// that were read, for a file that comes back.
type keeper struct {
	now func() time.Time

	mu       sync.Mutex
	patterns []string // of the run before
	read     map[string]*kept
	done     map[string]*kept // acknowledged, and not yet in raw
	raw      source.State
	changed  bool
	given    source.State // what state said last, as long as it holds; not to be changed
}

// newKeeper is a keeper of what was kept. What of it cannot be understood is in
// damaged, by key: the logs of those are read from their beginning.
func newKeeper(resume source.State, now func() time.Time) (_ *keeper, damaged map[string]error) {
	damaged = map[string]error{}
	k := &keeper{now: now, read: map[string]*kept{}, done: map[string]*kept{}, raw: maps.Clone(resume)}
	if k.raw == nil {
		k.raw = source.State{}
	}
	for key, value := range resume {
		if key == patternsKey {
			if err := json.Unmarshal(value, &k.patterns); err != nil {
				k.patterns = nil
				damaged[key] = err
				delete(k.raw, key)
			}
			continue
		}
		if !strings.HasPrefix(key, keyPrefix) {
			continue // of another version
		}
		var p kept
		err := json.Unmarshal(value, &p)
		if err == nil {
			err = p.Check()
		}
		if err != nil {
			damaged[key] = err
			delete(k.raw, key)
			continue
		}
		k.read[key] = &p
	}
	return k, damaged
}

// keyPrefix begins the keys of files' origins; their paths follow.
const keyPrefix = "file:"

// place is a position on its way to be acknowledged.
type place struct {
	k   *keeper
	key string
	at  kept
}

// Commit implements record.Position.
func (p *place) Commit() {
	p.k.mu.Lock()
	defer p.k.mu.Unlock()
	p.k.done[p.key] = &p.at
	p.k.changed = true
}

func (k *keeper) position(key string, at tail.Position, mark string) record.Position {
	p := &place{k, key, kept{Position: at, Mark: mark}}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.read[key] = &p.at
	return p
}

// last is how far a log was read; nil when nothing is known of it.
func (k *keeper) last(key string) *kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.read[key]
}

// knew says that the run before had been asked for the pattern.
func (k *keeper) knew(pattern string) bool { return slices.Contains(k.patterns, pattern) }

// tell keeps what this run was asked for.
func (k *keeper) tell(patterns []string) {
	text, err := json.Marshal(patterns)
	if err != nil { // strings always have a JSON form
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.raw[patternsKey] = text
	k.changed = true
}

// gone notes that a log's file is not there any more.
func (k *keeper) gone(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	at := k.read[key]
	if at == nil {
		return
	}
	missed := *at
	missed.Gone = k.now().Unix()
	k.read[key] = &missed
}

// clean forgets logs whose files have been gone for long.
func (k *keeper) clean() {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := k.now().Add(-keepGone).Unix()
	for key, at := range k.read {
		if at.Gone == 0 || at.Gone > before {
			continue
		}
		delete(k.read, key)
		delete(k.done, key)
		delete(k.raw, key)
		k.changed = true
	}
}

// state is the acknowledged positions, and whether any has moved since the last call.
// It is asked each second: of ten thousand quiet logs no copy is made.
func (k *keeper) state() (source.State, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.changed && k.given != nil {
		return k.given, false
	}
	for key, at := range k.done {
		text, err := json.Marshal(at)
		if err != nil { // numbers and strings always have a JSON form
			continue
		}
		k.raw[key] = text
	}
	clear(k.done)
	changed := k.changed
	k.changed = false
	k.given = maps.Clone(k.raw)
	return k.given, changed
}
