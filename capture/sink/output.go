package sink

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// output is one file that is being written.
type output struct {
	path string   // below the root
	file *os.File // nil once it is closed
	info os.FileInfo
	size int64  // what it should be long
	span int64  // the span of MaxAge that its lines are of
	used uint64 // when it was last needed, by the sink's clock
	torn bool   // it is longer than size, because what a failed Write left could not be cut off
}

// openRoot makes the root folder and opens it.
func (s *File) openRoot() error {
	if err := os.MkdirAll(s.path.root, 0o750); err != nil {
		return s.failed("make folder", "", err)
	}
	root, err := os.OpenRoot(s.path.root)
	if err != nil {
		return s.failed("open folder", "", err)
	}
	s.root = root
	return nil
}

// ready is the file at path, into which `more` bytes can be written now: still the
// one that people see there, not torn, and rotated when it is time. What it was before is kept for takeBack.
func (s *File) ready(path string, more int64) (*output, error) {
	out, err := s.output(path)
	if err != nil {
		return nil, err
	}
	if out.torn {
		if err := s.cut(out, out.size); err != nil {
			return nil, s.failed("cut the unfinished lines off", path, err)
		}
		out.torn = false
	}
	if s.due(out, more) {
		if err := s.rotate(out); err != nil {
			return nil, err
		}
		if out, err = s.output(path); err != nil {
			return nil, err
		}
	}
	out.span = s.span(s.opts.Now())
	s.touched = append(s.touched, touch{out, out.size})
	return out, nil
}

// output is the file at path, opened again when somebody has renamed, replaced or deleted it.
func (s *File) output(path string) (*output, error) {
	s.clock++
	if out := s.open[path]; out != nil {
		now, err := os.Stat(filepath.Join(s.path.root, path))
		if err == nil && os.SameFile(now, out.info) {
			if !out.torn {
				out.size = now.Size() // somebody may have emptied it
			}
			out.used = s.clock
			return out, nil
		}
		if err := s.shut(out); err != nil {
			return nil, err
		}
	}
	if err := s.sameRoot(); err != nil {
		return nil, err
	}
	if err := s.makeRoom(); err != nil {
		return nil, err
	}
	out, err := s.create(path)
	if err != nil {
		return nil, err
	}
	out.used = s.clock
	s.open[path] = out
	s.knows(filepath.Join(s.path.root, path), out.info)
	if s.rotates() && !s.begun[path] { // what an earlier run left
		if len(s.begun) >= mostPaths {
			clear(s.begun)
		}
		s.begun[path] = true
		s.tidy.add(path)
	}
	return out, nil
}

// sameRoot opens the root folder again when it has been replaced.
func (s *File) sameRoot() error {
	if s.root != nil {
		have, err := s.root.Stat(".")
		if now, err2 := os.Stat(s.path.root); err == nil && err2 == nil && os.SameFile(have, now) {
			return nil
		}
		_ = s.root.Close() // nothing is written through it
		s.root = nil
	}
	return s.openRoot()
}

// makeRoom closes the file that has not been needed for longest when too many are open.
func (s *File) makeRoom() error {
	if len(s.open) < s.opts.MaxOpen {
		return nil
	}
	var oldest *output
	for _, out := range s.open {
		if oldest == nil || out.used < oldest.used {
			oldest = out
		}
	}
	if s.opts.Sync {
		if err := oldest.file.Sync(); err != nil {
			return s.failed("sync", oldest.path, err)
		}
	}
	return s.shut(oldest)
}

func (s *File) shut(out *output) error {
	delete(s.open, out.path)
	err := out.file.Close()
	out.file = nil
	if err != nil {
		return s.failed("close", out.path, err)
	}
	return nil
}

// create opens the file at path to append to it, with the folders before it.
func (s *File) create(path string) (*output, error) {
	if info, err := s.root.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, s.failed("open", path, errNotRegular(info))
	}
	if dir := filepath.Dir(path); dir != "." {
		if err := s.root.MkdirAll(dir, 0o750); err != nil {
			return nil, s.failed("make folder", dir, err)
		}
	}
	f, err := s.root.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return nil, s.failed("open", path, err)
	}
	out := &output{path: path, file: f}
	if err := s.begin(out); err != nil {
		_ = f.Close() // nothing was written
		return nil, s.failed("open", path, err)
	}
	if s.opts.Sync {
		if err := syncFolder(s.root, filepath.Dir(path)); err != nil {
			_ = f.Close() // nothing was written
			return nil, s.failed("sync the folder of", path, err)
		}
	}
	return out, nil
}

// begin locks a file that was opened and makes it end with a whole line.
func (s *File) begin(out *output) error {
	if err := lock(out.file); err != nil {
		return err
	}
	var err error
	if out.info, err = out.file.Stat(); err != nil {
		return err
	}
	if !out.info.Mode().IsRegular() {
		return errNotRegular(out.info)
	}
	out.size, out.span = out.info.Size(), s.span(out.info.ModTime())
	tail, err := unfinished(out.file, out.size)
	if err != nil || len(tail) == 0 {
		return err
	}
	// A collector that was killed while it wrote leaves the beginning of a record
	// that nobody acknowledged: it comes again. Anything else is not ours to take away.
	if s.opts.Format != "text" && bytes.HasPrefix(tail, []byte(`{"time":"`)) {
		at := out.size - int64(len(tail))
		if err := s.cut(out, at); err == nil {
			out.size = at
			return nil
		}
	}
	n, err := out.file.Write([]byte{'\n'})
	out.size += int64(n)
	return err
}

// unfinished is what stands behind the last newline of a file, or its last 16 MiB when that is more.
func unfinished(f io.ReaderAt, size int64) ([]byte, error) {
	for most := int64(1); ; most = min(most*64, 16<<20) {
		n := min(most, size)
		tail := make([]byte, n)
		if _, err := f.ReadAt(tail, size-n); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if i := bytes.LastIndexByte(tail, '\n'); i >= 0 {
			return tail[i+1:], nil
		}
		if n == size || n == 16<<20 {
			return tail, nil
		}
	}
}

// cut makes a file as short as it was. One that has been closed, and on some
// systems one that is open to append, has to be opened for that.
func (s *File) cut(out *output, size int64) error {
	if out.file != nil && out.file.Truncate(size) == nil {
		out.size = size
		return nil
	}
	f, err := s.root.OpenFile(out.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // with all that was in it
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !os.SameFile(info, out.info) {
		return err // somebody has taken the file away, unfinished lines and all
	}
	if err := f.Truncate(size); err != nil {
		return err
	}
	out.size = size
	return nil
}
