package file

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/tail"
)

// candidate is a path that a pattern matches.
type candidate struct {
	path    string
	pattern *pattern
}

// passedOver is a path that matches and is not followed.
type passedOver struct {
	info  fs.FileInfo
	size  int64
	grew  int  // at so many looks in a row it had become longer
	final bool // it has been read or refused: growing changes nothing
}

// scan adds what matches p to found, and watches the directories in which more may appear.
func (s *Source) scan(p *pattern, found []candidate) []candidate {
	if !p.glob {
		s.watchDir(filepath.Dir(p.path))
		if _, err := os.Stat(p.path); err != nil && missing(err) {
			return found
		}
		p.found++
		return append(found, candidate{p.path, p})
	}
	return s.walk(p, p.base, p.parts, found)
}

func (s *Source) watchDir(dir string) {
	if _, ok := s.dirs[dir]; !ok && s.opt.Follow {
		s.dirs[dir] = struct{}{}
		s.follower.watch.add(dir)
	}
}

// walk looks at one directory, once, and at those below it that can hold a match.
func (s *Source) walk(p *pattern, dir string, parts []string, found []candidate) []candidate {
	s.watchDir(dir) // before it is read, so that nothing appears unseen
	entries, err := os.ReadDir(dir)
	subject := "directory " + dir
	if err != nil && !missing(err) {
		s.opt.Board.Raise(subject, &unreadable{dir, err})
	} else {
		s.opt.Board.Clear(subject)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		isDir := e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 && len(parts) > 1 && parts[0] != "**" {
			// Links to directories are followed where they are named: below ** they might lead in a circle.
			if info := stat(path); info != nil {
				isDir = info.IsDir()
			}
		}
		if isDir {
			if rest := descend(parts, e.Name()); rest != nil {
				found = s.walk(p, path, rest, found)
			}
			continue
		}
		if p.matches(path) {
			p.found++
			found = append(found, candidate{path, p})
		}
	}
	return found
}

// appeared is told of a path that has come into a watched directory.
func (s *Source) appeared(path string) {
	info := stat(path)
	if info == nil {
		return
	}
	var found []candidate
	for i := range s.patterns {
		p := &s.patterns[i]
		switch {
		case info.IsDir() && p.glob:
			if parts := p.below(path); parts != nil {
				found = s.walk(p, path, parts, found)
			}
		case p.matches(path):
			found = append(found, candidate{path, p})
		}
	}
	s.consider(found)
}

// rescanned looks for what events did not tell.
func (s *Source) rescanned() {
	var found []candidate
	for i := range s.patterns {
		found = s.scan(&s.patterns[i], found)
	}
	s.consider(found)
	for path, o := range s.seen {
		if now := stat(path); now == nil || !os.SameFile(now, o.info) {
			delete(s.seen, path)
		}
	}
	s.keeper.clean()
}

// consider follows those of the candidates that are logs of their own.
func (s *Source) consider(found []candidate) {
	var fresh []candidate
	for _, c := range found {
		if s.follower.logs["file:"+c.path] == nil && !excluded(s.opt.Exclude, c.path) {
			fresh = append(fresh, c)
		}
	}
	if len(fresh) == 0 {
		return
	}
	live := bases(s.follower.logs, fresh)
	for _, c := range fresh {
		s.opt.Board.Clear(c.pattern.subject())
		if s.wanted(c, live) {
			delete(s.seen, c.path)
			s.follow(c)
		}
	}
}

// wanted says that a candidate is to be read as a log of its own.
func (s *Source) wanted(c candidate, live map[string][]string) bool {
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
	if !c.pattern.glob || !s.opt.Follow {
		return true
	}
	archived := strings.HasSuffix(c.path, ".gz") || strings.HasSuffix(c.path, ".zst")
	switch {
	case !s.began && archived && s.opt.Start.Mode == source.FromNow:
	case rotated(live, c.path):
	case s.began && s.isRead(info):
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
	s.seen[c.path] = &passedOver{info: info, size: info.Size()}
}

// looksUntilOwn is at how many looks in a row a file that looks like a rotated
// one has to have grown to be taken for a log of its own, as web-1.log beside
// web.log may be. What is read twice by that is better than what is never read.
const looksUntilOwn = 3

func (s *Source) growsByItself(o *passedOver, now fs.FileInfo) bool {
	if o.final || s.isRead(now) {
		return false
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

// bases are the paths of all logs, by each beginning that the name of a rotated one has.
func bases(logs map[string]*log, fresh []candidate) map[string][]string {
	all := map[string][]string{}
	add := func(path string) {
		all[path] = append(all[path], path)
		if ext := filepath.Ext(path); ext != "" && ext != filepath.Base(path) {
			stem := strings.TrimSuffix(path, ext)
			all[stem] = append(all[stem], path)
		}
	}
	for _, l := range logs {
		add(l.spec.Path)
	}
	for _, c := range fresh {
		add(c.path)
	}
	return all
}

// rotated says that path is what rotation calls an older part of one of the logs.
func rotated(live map[string][]string, path string) bool {
	dir, name := filepath.Split(path)
	for i := 1; i < len(name); i++ {
		for _, base := range live[dir+name[:i]] {
			if base != path && tail.Rotated(filepath.Base(base), name) {
				return true
			}
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
