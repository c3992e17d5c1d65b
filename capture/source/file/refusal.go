package file

import (
	"fmt"
	"io/fs"
)

// damagedPosition is one that was kept and means nothing.
type damagedPosition struct {
	path string
	err  error
}

func (e *damagedPosition) Error() string {
	if e.path == patternsKey {
		return fmt.Sprintf("read the positions of files: the paths that were asked for: %v", e.err)
	}
	return fmt.Sprintf("read the position of %s: %v", e.path, e.err)
}
func (e *damagedPosition) Unwrap() error { return e.err }
func (e *damagedPosition) Hint() string {
	if e.path == patternsKey {
		return "files without a position are read from their beginning"
	}
	return "it is read from its beginning"
}

// nothingThere is the error of paths that lead to no file.
type nothingThere struct {
	patterns []string
	waits    bool
}

func (e *nothingThere) Error() string {
	if len(e.patterns) == 1 {
		return fmt.Sprintf("read %s: no such file", e.patterns[0])
	}
	return fmt.Sprintf("read files: none of the %d paths leads to a file", len(e.patterns))
}
func (e *nothingThere) Unwrap() error { return fs.ErrNotExist }
func (e *nothingThere) Hint() string {
	if !e.waits {
		return "is the name right? with --no-follow only what is there is read"
	}
	return "it is read from its beginning as soon as it is there"
}

// someUnread is the error of a run that was to read what is there and could not read all of it.
type someUnread struct{}

func (*someUnread) Error() string { return "read files: not all of them could be read" }

// binaryFile is a file that holds no text.
type binaryFile struct{ path string }

func (e *binaryFile) Error() string { return "read " + e.path + ": it is a binary file, not a log" }
func (e *binaryFile) Hint() string {
	return "logs are text, UTF-16 with a byte order mark included; leave it out with --exclude"
}
