package file

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/fsnotify/fsnotify"

	"github.com/logcap/logcap/capture/notice"
)

// watch hears of changes in directories. It may hear of nothing at all, when
// the system has no more watches to give: then the rescan finds everything, later.
type watch struct {
	w       *fsnotify.Watcher // nil: there are no events
	board   *notice.Board
	subject string
	dirs    map[string]int // how many want each directory
}

// newWatch hears of nothing when deaf is asked for: who reads once needs no events.
func newWatch(board *notice.Board, subject string, deaf bool) *watch {
	w := &watch{board: board, subject: subject + " events", dirs: map[string]int{}}
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
	return fmt.Sprintf("watch directories: %v; changes are found by looking every few seconds", e.err)
}
func (e *unheard) Unwrap() error { return e.err }
func (e *unheard) Hint() string {
	return "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances with sysctl"
}

func (w *watch) failed(err error) {
	if errors.Is(err, fsnotify.ErrEventOverflow) {
		return // whoever lost events looks at everything: nothing to tell
	}
	w.board.Raise(w.subject, &unheard{err})
}

// add watches dir once more. A directory that is not there is left to the rescan.
func (w *watch) add(dir string) {
	w.dirs[dir]++
	if w.dirs[dir] > 1 || w.w == nil {
		return
	}
	w.again(dir)
}

// again asks for a directory that may have been removed and made again.
func (w *watch) again(dir string) {
	err := w.w.Add(dir)
	if err != nil && !missing(err) {
		w.failed(err)
	}
}

// refresh renews every watch: one of a directory that was replaced hears nothing any more.
func (w *watch) refresh() {
	if w.w == nil {
		return
	}
	known := map[string]bool{}
	for _, dir := range w.w.WatchList() {
		known[dir] = true
	}
	for dir := range w.dirs {
		if !known[filepath.Clean(dir)] {
			w.again(dir)
		}
	}
}

func (w *watch) remove(dir string) {
	if w.dirs[dir]--; w.dirs[dir] > 0 {
		return
	}
	delete(w.dirs, dir)
	if w.w != nil {
		_ = w.w.Remove(dir) // it may be gone itself
	}
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
