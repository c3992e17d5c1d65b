package sink

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// rotatedAt is how the time of its rotation stands behind a file's name, in UTC.
const rotatedAt = "20060102T150405.000"

// rotates says that files are rotated at all.
func (s *File) rotates() bool { return s.opts.Rotate > 0 || s.opts.MaxAge > 0 }

// span numbers the spans of MaxAge.
func (s *File) span(at time.Time) int64 {
	if s.opts.MaxAge <= 0 {
		return 0
	}
	return at.UnixNano() / int64(s.opts.MaxAge)
}

// due says that `more` bytes of now do not belong into a file any more.
func (s *File) due(out *output, more int64) bool {
	if out.size == 0 {
		return false
	}
	return s.opts.Rotate > 0 && out.size+more > s.opts.Rotate || s.span(s.opts.Now()) > out.span
}

// rotate closes a file and gives it a name with the time.
func (s *File) rotate(out *output) error {
	if s.opts.Sync {
		if err := out.file.Sync(); err != nil {
			return s.failed("sync", out.path, err)
		}
	}
	for at := s.opts.Now().UTC(); ; at = at.Add(time.Millisecond) {
		name := out.path + "." + at.Format(rotatedAt)
		if s.taken(name) {
			continue
		}
		if err := s.shut(out); err != nil {
			return err
		}
		if err := s.root.Rename(out.path, name); err != nil {
			return s.failed("rotate", out.path, err)
		}
		s.knows(filepath.Join(s.path.root, name), out.info)
		s.tidy.add(out.path)
		return nil
	}
}

// taken says that a rotated file of that name is there, or its compressed form.
func (s *File) taken(name string) bool {
	for _, ending := range []string{"", ".gz", ".zst"} {
		if _, err := s.root.Lstat(name + ending); !errors.Is(err, fs.ErrNotExist) {
			return err == nil
		}
	}
	return false
}

// rotated takes the name of a rotated file apart; ok is false when it is none of base's.
func rotated(base, name string) (plain, ending string, ok bool) {
	rest, ok := strings.CutPrefix(name, filepath.Base(base)+".")
	if !ok || len(rest) < len(rotatedAt) {
		return "", "", false
	}
	at, ending := rest[:len(rotatedAt)], rest[len(rotatedAt):]
	if _, err := time.Parse(rotatedAt, at); err != nil {
		return "", "", false
	}
	switch ending {
	case "", ".gz", ".zst", ".gz" + unready, ".zst" + unready:
		return strings.TrimSuffix(name, ending), ending, true
	}
	return "", "", false
}

// unready ends the name of a file that is still being compressed.
const unready = ".part"
