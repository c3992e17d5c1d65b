package file

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/logcap/logcap/capture/tail"
)

// bases are paths, by each beginning that the name of a rotated one has. They
// are kept, and not made for each new file: of ten thousand that would cost a second each.
type bases map[string][]string

// beginnings are that of path.1 and that of path-1.log.
func beginnings(path string) []string {
	if ext := filepath.Ext(path); ext != "" && ext != filepath.Base(path) {
		return []string{path, strings.TrimSuffix(path, ext)}
	}
	return []string{path}
}

func (b bases) add(path string) {
	for _, begin := range beginnings(path) {
		if !slices.Contains(b[begin], path) {
			b[begin] = append(b[begin], path)
		}
	}
}

func (b bases) remove(path string) {
	for _, begin := range beginnings(path) {
		if b[begin] = slices.DeleteFunc(b[begin], func(p string) bool { return p == path }); len(b[begin]) == 0 {
			delete(b, begin)
		}
	}
}

// rotated says that path is what rotation calls an older part of one of them.
func (b bases) rotated(path string) bool {
	dir, name := filepath.Split(path)
	for i := 1; i < len(name); i++ {
		for _, base := range b[dir+name[:i]] {
			if base != path && tail.Rotated(filepath.Base(base), name) {
				return true
			}
		}
	}
	return false
}
