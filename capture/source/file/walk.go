package file

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

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
	return s.walk(p, p.base, p.parts, found, whole)
}

// watchDir says that it is new.
func (s *Source) watchDir(dir string) bool {
	_, ok := s.dirs[dir]
	if !ok && s.opt.Follow {
		s.dirs[dir] = struct{}{}
		s.follower.watch.add(dir)
	}
	return !ok
}

// depth is how far a walk goes.
type depth bool

const (
	whole   depth = false // everything below
	newOnes depth = true  // one directory, and those below it that have not been seen yet
)

// walk looks at one directory, once, and at those below it that can hold a match.
func (s *Source) walk(p *pattern, dir string, parts []string, found []candidate, to depth) []candidate {
	s.watchDir(dir) // before it is read, so that nothing appears unseen
	entries, err := os.ReadDir(dir)
	subject := "directory " + dir
	if exhausted(err) {
		s.follower.short(err)
	} else if err != nil && !missing(err) {
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
			_, known := s.dirs[path]
			if rest := descend(parts, e.Name()); rest != nil && !(known && to == newOnes) {
				found = s.walk(p, path, rest, found, to)
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
	if info.IsDir() {
		s.rewatch(path)
	}
	var found []candidate
	for i := range s.patterns {
		p := &s.patterns[i]
		switch {
		case info.IsDir() && within(p.top(), path):
			found = s.scan(p, found)
		case info.IsDir() && p.glob:
			if parts := p.below(path); parts != nil {
				found = s.walk(p, path, parts, found, whole)
			}
		case p.matches(path):
			found = append(found, candidate{path, p})
		}
	}
	s.consider(found)
}

// rewatch watches again what was below a directory that has been made anew.
func (s *Source) rewatch(path string) {
	for dir := range s.dirs {
		if within(dir, path) {
			s.follower.watch.again(dir)
		}
	}
}

// within says that path is dir, or lies below it.
func within(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || rest[0] == filepath.Separator || strings.HasSuffix(dir, string(filepath.Separator)))
}

// changed is told of a directory without events in which something was made, renamed or removed.
func (s *Source) changed(dir string) {
	var found []candidate
	for i := range s.patterns {
		p := &s.patterns[i]
		if !p.glob {
			if filepath.Dir(p.path) == dir {
				found = s.scan(p, found)
			}
			continue
		}
		if parts := p.below(dir); parts != nil {
			found = s.walk(p, dir, parts, found, newOnes)
		}
	}
	s.consider(found)
}

// rescanned looks for what events did not tell.
func (s *Source) rescanned() {
	var found []candidate
	for i := range s.patterns {
		s.patterns[i].found = 0
		found = s.scan(&s.patterns[i], found)
	}
	s.consider(found)
	s.tellEmpty()
	for path, o := range s.seen {
		if now := stat(path); now == nil || !os.SameFile(now, o.info) {
			delete(s.seen, path)
		}
	}
	s.keeper.clean()
}

// tellEmpty tells of the patterns that match nothing: whoever named one waits for its lines.
func (s *Source) tellEmpty() {
	for i := range s.patterns {
		if p := &s.patterns[i]; p.found == 0 {
			s.opt.Board.Raise(p.subject(), &nothingThere{[]string{p.text}, true})
		} else {
			s.opt.Board.Clear(p.subject()) // what comes back may be followed still
		}
	}
}
