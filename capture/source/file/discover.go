package file

import (
	"cmp"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/source"
)

// candidate is a path that a pattern matches.
type candidate struct {
	path    string
	pattern *pattern
}

// passedOver is a path that matches and is not followed.
type passedOver struct {
	path  string
	info  fs.FileInfo
	size  int64
	grew  int  // at so many looks in a row it had become longer
	final bool // it has been read or refused: growing changes nothing

	away time.Time // since when it is passed over for a log that was read before and is not there; zero: for another reason
}

// consider follows those of the candidates that are logs of their own.
func (s *Source) consider(found []candidate) {
	var fresh []candidate
	for _, c := range found {
		if !s.follower.has(keyPrefix+c.path) && !excluded(s.opt.Exclude, c.path) {
			fresh = append(fresh, c)
		}
	}
	if len(fresh) == 0 {
		return
	}
	for _, c := range fresh {
		s.live.add(c.path)
	}
	// A file has one name that is not a link: that is the one it is known by.
	slices.SortStableFunc(fresh, func(a, b candidate) int { return cmp.Compare(linked(a.path), linked(b.path)) })
	names := map[identity]string{}
	for _, c := range fresh {
		s.opt.Board.Clear(c.pattern.subject())
		if s.wanted(c, names) {
			delete(s.seen, c.path)
			s.follow(c)
		}
		if !s.follower.has(keyPrefix + c.path) {
			s.live.remove(c.path)
		}
	}
}

// linked is 1 for a symbolic link.
func linked(path string) int {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return 1
	}
	return 0
}

// wanted says that a candidate is to be read as a log of its own. names are
// those under which files are about to be followed.
func (s *Source) wanted(c candidate, names map[identity]string) bool {
	info := stat(c.path)
	if info == nil || !info.Mode().IsRegular() {
		// What was named is tried, and the trouble told; a glob just meets such things.
		return !c.pattern.glob
	}
	if s.opt.Owns != nil && s.opt.Owns(info) {
		if !c.pattern.glob {
			s.opt.Board.Raise("file "+c.path, &ownOutput{c.path})
		}
		return false
	}
	if o := s.seen[c.path]; o != nil && os.SameFile(o.info, info) {
		return s.growsByItself(o, info)
	}
	if id, ok := identityOf(info); ok {
		if other := names[id]; other != "" {
			s.passOver(c, info) // the same file by another name
			return false
		}
		names[id] = c.path
	}
	if s.began && s.isRead(info) {
		s.passOver(c, info)
		return false
	}
	if !c.pattern.glob || !s.opt.Follow {
		return true
	}
	archived := strings.HasSuffix(c.path, ".gz") || strings.HasSuffix(c.path, ".zst")
	switch {
	case !s.began && archived && s.opt.Start.Mode == source.FromNow:
	case s.live.rotated(c.path):
	case s.kept.rotated(c.path): // the log itself is about to come: this is between a renaming and the new file
		s.passOver(c, info)
		s.seen[c.path].away = s.opt.Now()
		return false
	default:
		return true
	}
	s.passOver(c, info)
	return false
}

// passOver remembers what is not followed.
func (s *Source) passOver(c candidate, info fs.FileInfo) {
	if info == nil {
		if info = stat(c.path); info == nil {
			return
		}
	}
	s.seen[c.path] = &passedOver{path: c.path, info: info, size: info.Size()}
}

// looksUntilOwn is at how many looks in a row a file that looks like a rotated
// one has to have grown to be taken for a log of its own, as web-1.log beside
// web.log may be. What is read twice by that is better than what is never read.
const looksUntilOwn = 3

// awayUntilOwn is how long a log is waited for that was read before, until what looks like an older part of it is read
// as a log of its own. Before that all of its older parts would be, beside each other and from their beginnings.
const awayUntilOwn = 15 * time.Second

func (s *Source) growsByItself(o *passedOver, now fs.FileInfo) bool {
	if o.final || s.isRead(now) {
		return false
	}
	if !o.away.IsZero() {
		if !s.live.rotated(o.path) {
			return s.opt.Now().Sub(o.away) >= awayUntilOwn
		}
		o.away = time.Time{}
	}
	if now.Size() > o.size {
		o.grew++
	} else {
		o.grew = 0
	}
	o.size = now.Size()
	return o.grew >= looksUntilOwn
}

// isRead says that a followed log reads the file, under whatever name.
func (s *Source) isRead(info fs.FileInfo) bool {
	for _, l := range s.follower.logs {
		if l.tail.Owns(info) {
			return true
		}
	}
	return false
}

// ownOutput is a file that was asked for and is written by logcap itself.
type ownOutput struct{ path string }

func (e *ownOutput) Error() string { return "read " + e.path + ": logcap writes to it itself" }
func (e *ownOutput) Hint() string  { return "its lines would come back for ever" }

func stat(path string) fs.FileInfo {
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}

// headOf is the first bytes of a file, as far as they can be read.
func headOf(path string) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	head := make([]byte, 1<<10)
	n, err := io.ReadFull(f, head)
	if n == 0 && err != nil {
		return nil
	}
	return head[:n]
}
