package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// pattern is a path or a glob of paths.
type pattern struct {
	text  string   // as it was given
	path  string   // absolute
	glob  bool     // has wildcards; a file of just this name takes precedence
	base  string   // the directory above the first wildcard
	parts []string // what follows base, a component each; "**" stands for any number of directories
	found int      // paths that match, at the last look at everything
}

// badGlob is a glob that cannot be read.
type badGlob struct{ text string }

func (e *badGlob) Error() string { return fmt.Sprintf("read files %q: not a glob", e.text) }
func (e *badGlob) Hint() string {
	return `wildcards are * ? [a-z] {a,b} and ** for any number of directories; write \[ for a bracket in a name`
}

func checkGlob(text string) error {
	if text == "" || !doublestar.ValidatePathPattern(text) {
		return &badGlob{text}
	}
	return nil
}

func parsePattern(text string) (pattern, error) {
	if err := checkGlob(text); err != nil {
		return pattern{}, err
	}
	path, err := filepath.Abs(text)
	if err != nil {
		return pattern{}, fmt.Errorf("read files %q: %w", text, err)
	}
	p := pattern{text: text, path: path, base: path}
	if _, err := os.Lstat(path); err == nil || !strings.ContainsAny(text, `*?[{`) {
		return p, nil
	}
	p.glob = true
	base, rest := doublestar.SplitPattern(filepath.ToSlash(path))
	p.base, p.parts = filepath.FromSlash(base), strings.Split(rest, "/")
	return p, nil
}

func (p *pattern) subject() string { return "path " + p.text }

// top is the directory below which everything lies that p can match.
func (p *pattern) top() string {
	if p.glob {
		return p.base
	}
	return filepath.Dir(p.path)
}

// matches says that the path is one that the pattern names.
func (p *pattern) matches(path string) bool {
	if !p.glob {
		return path == p.path
	}
	ok, err := doublestar.PathMatch(p.path, path)
	return ok && err == nil
}

// below is what of the pattern a directory leads to: nil when nothing in it
// can match. It is the components that are left for what is in the directory.
func (p *pattern) below(dir string) []string {
	rel, err := filepath.Rel(p.base, dir)
	if err != nil || strings.HasPrefix(rel, "..") {
		return nil
	}
	parts := p.parts
	if rel == "." {
		return parts
	}
	for name := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if parts = descend(parts, name); parts == nil {
			return nil
		}
	}
	return parts
}

// descend is what is left of parts in a directory of that name; nil when nothing in it can match.
func descend(parts []string, name string) []string {
	if parts[0] == "**" {
		return parts // it may end here or go on: everything below is looked at
	}
	if len(parts) == 1 {
		return nil // a file was meant
	}
	if ok, err := doublestar.PathMatch(parts[0], name); !ok || err != nil {
		return nil
	}
	return parts[1:]
}

// excluded says that a path is left out by one of the globs.
func excluded(globs []string, path string) bool {
	for _, g := range globs {
		of := path
		if !strings.ContainsRune(filepath.ToSlash(g), '/') {
			of = filepath.Base(path)
		} else if abs, err := filepath.Abs(g); err == nil {
			g = abs
		}
		if ok, err := doublestar.PathMatch(g, of); ok && err == nil {
			return true
		}
	}
	return false
}
