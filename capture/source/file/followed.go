package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/logcap/logcap/capture/tail"
)

// missing says that there is nothing at a path.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// unreadable is a log that cannot be read now.
type unreadable struct {
	path string
	err  error
}

func (e *unreadable) Error() string {
	var not *tail.NotAFile
	if errors.As(e.err, &not) {
		return "read " + e.path + ": it is a " + not.Kind + " and not a file"
	}
	var path *fs.PathError
	if errors.As(e.err, &path) {
		return fmt.Sprintf("read %s: %v", e.path, path.Err)
	}
	return fmt.Sprintf("read %s: %v", e.path, e.err)
}

func (e *unreadable) Unwrap() error { return e.err }

func (e *unreadable) Hint() string {
	var not *tail.NotAFile
	switch {
	case errors.As(e.err, &not) && not.Kind == "directory":
		return "name its files: '" + filepath.Join(e.path, "*.log") + "', or '" + filepath.Join(e.path, "**") + "' for all below it"
	case errors.As(e.err, &not) && not.Kind == "pipe":
		return "read a pipe as standard input: logcap capture - < " + e.path
	case errors.Is(e.err, fs.ErrPermission):
		return "give the user of logcap the right to read it; it is tried again every few seconds, and other files go on"
	}
	return ""
}

// add opens a log; what cannot be opened is tried again at the next rescan.
func (f *Follower) add(s Spec) {
	key := s.Origin.Key
	if f.logs[key] != nil {
		return
	}
	delete(f.soon, key)
	if !f.admits(f.opt.Tail.Now()) {
		f.soon[key] = s
		return
	}
	t, err := f.open(s.Path, s.Start)
	if err != nil {
		f.notOpened(s, err)
		return
	}
	if _, ok := f.fails[key]; ok {
		delete(f.fails, key)
		f.opt.Board.Clear(f.subject(s.Path))
	}
	if m, ok := s.Decoder.(marker); ok && s.Start.Resume != nil {
		m.Resume(s.Mark)
	}
	now := f.opt.Tail.Now()
	l := &log{spec: s, tail: t, to: f.out.Open(key), block: leastBlock, fresh: true, grown: now, look: look{turn: f.looks.turns}}
	f.looks.turns++
	f.logs[key] = l
	f.parking.holds(l, true)
	f.stats.active.Add(1)
	f.locate(l)
	f.uneasyUntil(l, now.Add(calm))
	f.touch(l)
}

// notOpened remembers a log that could not be opened, for another try.
func (f *Follower) notOpened(s Spec, err error) {
	key := s.Origin.Key
	switch {
	case errors.Is(err, tail.ErrUnstable):
		f.soon[key] = s
		return
	case exhausted(err):
		f.short(err)
	case missing(err) && !f.opt.Once:
		f.opt.Board.Clear(f.subject(s.Path))
	default:
		f.opt.Board.Raise(f.subject(s.Path), &unreadable{s.Path, err})
	}
	if f.opt.Once && exhausted(err) && len(f.logs) > 0 {
		f.soon[key] = s // when one of the others has been read
		return
	}
	if f.opt.Once {
		f.ended(key, Vanished)
		return
	}
	f.fails[key] = s
}

// has says that a log is followed, or waits for a moment to be opened.
func (f *Follower) has(key string) bool {
	_, waits := f.soon[key]
	return waits || f.logs[key] != nil
}

// trySoon tries again what could not be opened just now, until the first that still cannot.
func (f *Follower) trySoon() {
	for key, s := range f.soon {
		delete(f.soon, key)
		f.add(s)
		if _, still := f.soon[key]; still {
			return
		}
	}
}

// locate says which paths and directories concern a log: its own, and those
// that a symbolic link leads to.
func (f *Follower) locate(l *log) {
	paths := []string{l.spec.Path}
	if target, err := filepath.EvalSymlinks(l.spec.Path); err == nil && target != l.spec.Path {
		paths = append(paths, target)
	}
	if slices.Equal(paths, l.paths) {
		return
	}
	f.forget(l)
	l.paths = paths
	for _, p := range paths {
		f.paths[p] = append(f.paths[p], l)
		dir := filepath.Dir(p)
		l.dirs = append(l.dirs, dir)
		f.watch.add(dir)
	}
}

// forget ends what locate began.
func (f *Follower) forget(l *log) {
	for _, p := range l.paths {
		f.paths[p] = slices.DeleteFunc(f.paths[p], func(o *log) bool { return o == l })
		if len(f.paths[p]) == 0 {
			delete(f.paths, p)
		}
	}
	for _, dir := range l.dirs {
		f.watch.remove(dir)
	}
	l.paths, l.dirs = nil, nil
}

// end lets a log go.
func (f *Follower) end(ctx context.Context, l *log, why End) error {
	f.count(l)
	f.release(l)
	err := l.to.Close(ctx)
	f.ended(l.spec.Origin.Key, why)
	return err
}

// release gives back what a log holds, but for its stream.
func (f *Follower) release(l *log) {
	f.forget(l)
	delete(f.logs, l.spec.Origin.Key)
	delete(f.uneasy, l)
	l.gone = true
	f.stats.active.Add(-1)
	f.stats.behind.Add(-l.behind)
	if l.told && !f.opt.Once {
		f.opt.Board.Clear(f.subject(l.spec.Path))
	}
	_ = l.tail.Close() // it was only read
	f.parking.holds(l, false)
}

func (f *Follower) ended(key string, why End) {
	if f.opt.Ended != nil {
		f.opt.Ended(key, why)
	}
}

// refuse ends a log that is not to be read, and leaves the reason on the board.
func (f *Follower) refuse(ctx context.Context, l *log, why error) {
	l.told = false
	f.opt.Board.Raise(f.subject(l.spec.Path), why)
	_ = f.end(ctx, l, Refused) // there is nothing to send: the error would be ctx's
}

// closeAll ends all logs with Run. What has been carried is read again next time.
func (f *Follower) closeAll(ctx context.Context) {
	for _, l := range f.logs {
		f.release(l)
		_ = l.to.Close(ctx) // ctx is done: that is no news
	}
}

func (f *Follower) subject(path string) string { return f.opt.Subject + " " + path }

func (f *Follower) trouble(l *log, err error) {
	l.told = true
	f.opt.Board.Raise(f.subject(l.spec.Path), err)
}

func (f *Follower) well(l *log) {
	if l.told {
		l.told = false
		f.opt.Board.Clear(f.subject(l.spec.Path))
	}
}
