package file

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/logcap/logcap/capture/notice"
)

// watch hears of changes in directories. Where it hears of nothing, because the
// system has no more watches to give or the file system has no events, it looks.
type watch struct {
	w       *fsnotify.Watcher // nil: there are no events
	deaf    bool              // none are wanted
	board   *notice.Board
	subject string
	dirs    map[string]int       // how many want each directory
	silent  map[string]time.Time // those of them without events, and their time of change when they were looked at
	failing map[string]struct{}  // those that could not be watched, for want of watches or rights
	above   map[string]string    // those that are not there, and the directory above them that is watched instead
}

// newWatch hears of nothing when deaf is asked for: who reads once needs no events.
func newWatch(board *notice.Board, subject string, deaf bool) *watch {
	w := &watch{
		board: board, subject: subject + " events", deaf: deaf,
		dirs: map[string]int{}, silent: map[string]time.Time{}, failing: map[string]struct{}{}, above: map[string]string{},
	}
	if deaf {
		return w
	}
	var err error
	if w.w, err = fsnotify.NewWatcher(); err != nil {
		w.failed(err)
	}
	return w
}

// unheard is why events are missing, which costs time and no line.
type unheard struct{ err error }

func (e *unheard) Error() string {
	return fmt.Sprintf("watch directories: %v; changes are found by looking every second", e.err)
}
func (e *unheard) Unwrap() error { return e.err }
func (e *unheard) Hint() string {
	if errors.Is(e.err, fs.ErrPermission) {
		return "give the user of logcap the right to read the directory"
	}
	return "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl"
}

func (w *watch) failed(err error) {
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		return // whoever lost events looks at everything: nothing to tell
	}
	w.board.Raise(w.subject, &unheard{err})
}

// add watches dir once more. One that is not there is watched for from above.
func (w *watch) add(dir string) {
	w.dirs[dir]++
	if w.dirs[dir] == 1 {
		w.again(dir)
	}
}

// again asks for a directory that may have been removed and made again.
func (w *watch) again(dir string) {
	if w.deaf {
		return
	}
	err := w.ask(dir)
	if missing(err) {
		if w.fromAbove(dir); w.ask(dir) != nil {
			return
		}
		err = nil // it was made meanwhile
	}
	if up, ok := w.above[dir]; ok {
		delete(w.above, dir)
		w.unwatch(up)
	}
	if err != nil || eventless(dir) {
		if _, ok := w.silent[dir]; !ok {
			w.silent[dir] = time.Time{}
		}
		if err != nil && w.w != nil {
			w.failing[dir] = struct{}{}
			w.failed(err)
		}
		return
	}
	delete(w.silent, dir)
	delete(w.failing, dir)
}

// errNoEvents is why a directory is not watched: the system gave no watcher at all.
var errNoEvents = errors.New("no events")

func (w *watch) ask(dir string) error {
	if w.w != nil {
		return w.w.Add(dir)
	}
	if info := stat(dir); info == nil {
		return fs.ErrNotExist
	}
	return errNoEvents
}

// fromAbove watches the lowest directory above dir that is there, and below which nothing is that leads to dir.
func (w *watch) fromAbove(dir string) {
	if old, ok := w.above[dir]; ok {
		delete(w.above, dir)
		w.unwatch(old)
	}
	if w.w == nil {
		return
	}
	for range mostTries { // what is made while it asks is seen to
		up, below := filepath.Dir(dir), dir
		for w.w.Add(up) != nil && up != filepath.Dir(up) {
			up, below = filepath.Dir(up), up
		}
		if w.above[dir] = up; below == dir || stat(below) == nil {
			return
		}
		delete(w.above, dir)
		w.unwatch(up)
	}
}

// mostTries bounds how often a directory that comes and goes is asked for; then the rescan finds it.
const mostTries = 8

// vanished are those that wanted a directory that was removed or renamed: they are watched for, or watched anew.
func (w *watch) vanished(dir string) []string {
	var all []string
	if w.dirs[dir] > 0 {
		all = append(all, dir)
	}
	for below, up := range w.above {
		if up == dir {
			all = append(all, below)
		}
	}
	for _, d := range all {
		w.again(d)
	}
	return all
}

// unwatch lets a directory go that nobody wants any more, for itself or for what is below it.
func (w *watch) unwatch(dir string) {
	if w.w == nil || w.dirs[dir] > 0 {
		return
	}
	for _, up := range w.above {
		if up == dir {
			return
		}
	}
	_ = w.w.Remove(dir) // it may be gone itself
}

// refresh renews every watch: one of a directory that was replaced hears nothing any more.
func (w *watch) refresh() {
	known := map[string]bool{}
	if w.w != nil {
		for _, dir := range w.w.WatchList() {
			known[dir] = true
		}
	}
	for dir := range w.dirs {
		if !known[filepath.Clean(dir)] {
			w.again(dir)
		}
	}
	if w.w != nil && len(w.failing) == 0 {
		w.board.Clear(w.subject)
	}
}

func (w *watch) remove(dir string) {
	if w.dirs[dir]--; w.dirs[dir] > 0 {
		return
	}
	delete(w.dirs, dir)
	delete(w.silent, dir)
	delete(w.failing, dir)
	if up, ok := w.above[dir]; ok {
		delete(w.above, dir)
		w.unwatch(up)
	}
	w.unwatch(dir)
}

// changed are the directories without events in which something was made, renamed or removed since the last call.
func (w *watch) changed() []string {
	var all []string
	for dir, was := range w.silent {
		if info := stat(dir); info != nil && !info.ModTime().Equal(was) {
			w.silent[dir] = info.ModTime()
			all = append(all, dir)
		}
	}
	return all
}

func (w *watch) events() <-chan fsnotify.Event {
	if w.w == nil {
		return nil
	}
	return w.w.Events
}

func (w *watch) errors() <-chan error {
	if w.w == nil {
		return nil
	}
	return w.w.Errors
}

// close ends the library's goroutine and waits for it.
func (w *watch) close() {
	if w.w == nil {
		return
	}
	_ = w.w.Close()
	for range w.w.Events { // closed by that goroutine when it ends
	}
}
