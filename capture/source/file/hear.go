package file

import (
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// hear takes an event: whom it concerns is read next.
func (f *Follower) hear(e fsnotify.Event) {
	logs := f.paths[e.Name]
	for _, l := range logs {
		if e.Op&^fsnotify.Write != 0 {
			f.uneasyUntil(l, f.opt.Tail.Now().Add(calm))
		}
		f.touch(l)
	}
	if e.Op&(fsnotify.Remove|fsnotify.Rename) != 0 && len(logs) == 0 && f.opt.Appeared != nil {
		for _, dir := range f.watch.vanished(e.Name) {
			f.opt.Appeared(dir) // it may be back
		}
	}
	if e.Has(fsnotify.Create) && len(logs) == 0 && f.opt.Appeared != nil {
		f.opt.Appeared(e.Name)
	}
}

// mostHeard bounds the events that are taken between two rounds: the kernel
// joins those that wait, so a file that is written to 100,000 times a second costs a few.
const mostHeard = 256

// hearMore takes what events have come meanwhile.
func (f *Follower) hearMore() {
	for range mostHeard {
		select {
		case e := <-f.watch.events():
			f.hear(e)
		default:
			return
		}
	}
}

// uneasyUntil has a log looked at every nap until a moment.
func (f *Follower) uneasyUntil(l *log, t time.Time) {
	l.calmAt = t
	f.uneasy[l] = struct{}{}
}

// mostUneasy bounds the looks of one nap: when ten thousand logs are rotated at once they take turns.
const mostUneasy = 500

func (f *Follower) touchUneasy() {
	now := f.opt.Tail.Now()
	n := 0
	for l := range f.uneasy { // begins at another one each time
		if n++; n > mostUneasy {
			return
		}
		if now.After(l.calmAt) || now.Before(l.calmAt.Add(-2*calm)) {
			delete(f.uneasy, l)
			continue
		}
		f.touch(l)
	}
}

// rescan looks at everything without having heard anything.
func (f *Follower) rescan() {
	f.watch.refresh()
	f.listings.clean()
	if !f.shortage {
		f.opt.Board.Clear(f.opt.Subject + " descriptors")
	}
	f.shortage = false
	for _, s := range f.fails {
		f.add(s)
	}
	f.looks.rescans++
	now := f.opt.Tail.Now()
	for _, l := range f.logs {
		if f.quiet(l, now) {
			f.looks.leftAlone.Add(1)
			f.setBehind(l, 0)
			continue
		}
		if len(l.paths) > 1 || l.tail.Missing() {
			f.locate(l)
		}
		f.setBehind(l, l.tail.Behind())
		f.touch(l)
	}
	if f.opt.Rescanned != nil {
		f.opt.Rescanned()
	}
}

func (f *Follower) setBehind(l *log, n int64) {
	f.stats.behind.Add(n - l.behind)
	l.behind = n
}

// look looks at what has no events: directories in which something has
// appeared, and the logs in them.
func (f *Follower) look() {
	if len(f.watch.silent) == 0 {
		return
	}
	for _, dir := range f.watch.changed() {
		for _, l := range f.logs {
			if filepath.Dir(l.spec.Path) == dir {
				f.uneasyUntil(l, f.opt.Tail.Now().Add(calm))
			}
		}
		if f.opt.Changed != nil {
			f.opt.Changed(dir)
		}
	}
	for _, l := range f.logs {
		for _, dir := range l.dirs {
			if _, silent := f.watch.silent[dir]; silent {
				f.touch(l)
				break
			}
		}
	}
}
