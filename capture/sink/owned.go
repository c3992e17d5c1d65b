package sink

import (
	"os"
	"slices"
)

// mostKnown is how many files Owns remembers; one is about 300 bytes.
const mostKnown = 4096

// known is a file of ours: its identity, and where it lay when it was last seen. The
// number of a file that was removed is given to another one, so that the identity alone does not make a file ours.
type known struct {
	path string
	info os.FileInfo
}

// Owns says that a file is one that this sink writes, has written or has
// rotated, wherever its name was found; from any goroutine. It
// remembers the last 4096 files, and those that somebody else moved only as long as they are written.
func (s *File) Owns(info os.FileInfo) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.known, func(k known) bool {
		if !os.SameFile(k.info, info) {
			return false
		}
		now, err := os.Stat(k.path)
		return err == nil && os.SameFile(now, info)
	})
}

// Files are the paths of those files, the one that was made last behind the others; from any goroutine.
func (s *File) Files() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]string, len(s.known))
	for i, k := range s.known {
		all[i] = k.path
	}
	return all
}

// knows remembers where a file of ours lies now.
func (s *File) knows(path string, info os.FileInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = slices.DeleteFunc(s.known, func(k known) bool { return k.path == path || os.SameFile(k.info, info) })
	if len(s.known) >= mostKnown {
		s.known = slices.Delete(s.known, 0, mostKnown/4)
	}
	s.known = append(s.known, known{path, info})
}

// forgets a file of ours that is no more.
func (s *File) forgets(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known = slices.DeleteFunc(s.known, func(k known) bool { return k.path == path })
}
