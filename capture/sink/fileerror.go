package sink

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// fileError is an error about a file, with what to do about it.
type fileError struct {
	err  error
	hint string
}

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }
func (e *fileError) Hint() string  { return e.hint }

// failed is an error about a file below the root, with its whole path.
func (s *File) failed(what, path string, err error) error {
	hint := advice(err)
	var in *os.PathError
	var link *os.LinkError
	if errors.As(err, &in) { // it names the path from the root on
		err = in.Err
	} else if errors.As(err, &link) {
		err = link.Err
	}
	return &fileError{fmt.Errorf("%s %s: %w", what, filepath.Join(s.path.root, path), err), hint}
}

// both is two errors in one line, with the hint of the first.
func both(a, b error) error {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &fileError{fmt.Errorf("%w; and %w", a, b), hintOf(a)}
}

// kindError says that what is at a path is no file that can be written.
type kindError struct{ what string }

func (e *kindError) Error() string { return "it is a " + e.what }

func errNotRegular(info os.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return &kindError{"directory"}
	case mode&fs.ModeNamedPipe != 0:
		return &kindError{"named pipe, not a regular file"}
	case mode&fs.ModeSocket != 0:
		return &kindError{"socket, not a regular file"}
	}
	return &kindError{"device, not a regular file"}
}

// errLocked says that another process has the file.
var errLocked = errors.New("another process is writing to it")

// advice is the next step after an error about a file; "" when there is none to give.
func advice(err error) string {
	var kind *kindError
	switch {
	case errors.As(err, &kind) && kind.what == "directory":
		return "write the file too, for example file=PATH/{name}.log"
	case errors.As(err, &kind):
		return "use the stdout sink for pipes and devices"
	case errors.Is(err, errLocked):
		return "give each collector files of its own"
	case errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("logcap runs as user %d: let it write there, or choose another path", os.Getuid())
	case full(err):
		return "make room; logcap goes on by itself then"
	}
	return ""
}
