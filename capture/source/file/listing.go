package file

import (
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/tail"
)

// listings answer what names there are in directories, for all logs of a
// Follower. A directory of ten thousand logs would otherwise be read in full for
// each of them, again and again: when they are opened and whenever one is rotated.
//
// No answer is older than the question. The reading of a large directory is used
// once more only while the directory has not changed since, by its time of change;
// and while it changes all the time, it is read for a part of the time only:
// who asks in between is put off, and asks again.
type listings struct {
	dirs map[string]*listing

	reads  int           // of directories, since the beginning
	busy   time.Duration // with reading large ones
	putOff int           // questions that have to be asked again
}

// listing is one reading of a directory.
type listing struct {
	names  []string // sorted
	began  time.Time
	ended  time.Time
	info   fs.FileInfo // of the directory, before it was read
	steady bool        // a change since would show in the directory's time
}

const (
	// manyNames is from how many names on a reading is kept: reading fewer costs
	// hardly more than asking whether they have changed.
	manyNames = 256
	// tick is how coarse the times of directories are taken to be. The kernel's clock for them ticks every 1 to 10 ms.
	tick = 20 * time.Millisecond
	// leisure is how many times as long as reading a directory took it is left alone, when it changes all the time.
	leisure = 3
	// keepListing bounds how long a directory's time is believed: some file systems do not keep it.
	keepListing = 5 * time.Second
)

func newListings() *listings { return &listings{dirs: map[string]*listing{}} }

// names are those in dir that begin with prefix, as tail.Options.Names wants them.
func (d *listings) names(dir, prefix string, since time.Time) ([]string, error) {
	l := d.dirs[dir]
	if l != nil && !l.began.After(since) && !l.holds(dir) {
		if time.Since(l.ended) < leisure*l.ended.Sub(l.began) {
			d.putOff++
			return nil, tail.ErrUnstable
		}
		l = nil
	}
	if l == nil {
		var err error
		if l, err = d.read(dir); err != nil {
			delete(d.dirs, dir)
			return nil, err
		}
		if len(l.names) < manyNames {
			delete(d.dirs, dir)
			return l.names, nil
		}
		d.busy += l.ended.Sub(l.began)
		d.dirs[dir] = l
	}
	return l.begin(prefix), nil
}

// holds says that the directory is as it was when it was read.
func (l *listing) holds(dir string) bool {
	if !l.steady || time.Since(l.began) > keepListing {
		return false
	}
	now := stat(dir)
	return now != nil && os.SameFile(now, l.info) && now.ModTime().Equal(l.info.ModTime())
}

// read reads a directory. One that changes meanwhile is read twice, because
// a name that is changed just then may be missed by one reading.
func (d *listings) read(dir string) (*listing, error) {
	l := &listing{began: time.Now(), info: stat(dir)}
	for range 2 {
		f, err := os.Open(dir)
		if err != nil {
			return nil, err
		}
		names, err := f.Readdirnames(-1)
		_ = f.Close() // it was only read
		if err != nil {
			return nil, err
		}
		d.reads++
		l.names = append(l.names, names...)
		after := stat(dir)
		l.steady = l.info != nil && after != nil && os.SameFile(after, l.info) && after.ModTime().Equal(l.info.ModTime()) &&
			l.began.Sub(l.info.ModTime()).Abs() > tick // ahead of the clock: it was set back, and a change shows too
		if l.steady || len(names) < manyNames {
			break
		}
	}
	l.ended = time.Now()
	slices.Sort(l.names)
	l.names = slices.Compact(l.names)
	return l, nil
}

// begin are the names that begin with prefix, at least.
func (l *listing) begin(prefix string) []string {
	from, _ := slices.BinarySearch(l.names, prefix)
	to := from
	for to < len(l.names) && strings.HasPrefix(l.names[to], prefix) {
		to++
	}
	return l.names[from:to]
}

// clean forgets readings that are not believed any more.
func (d *listings) clean() {
	for dir, l := range d.dirs {
		if time.Since(l.ended) > keepListing {
			delete(d.dirs, dir)
		}
	}
}
