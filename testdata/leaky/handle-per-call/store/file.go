package store

import (
	"fmt"
	"time"

	"logcap.test/programs/service/lib"
)

// Files opens files that may still be written.
type Files struct {
	Look time.Duration // between two looks at a file
}

type file struct {
	*lib.Watcher
}

// Open begins to look at the file with that name.
func (f Files) Open(name string) (Handle, error) {
	return &file{lib.NewWatcher(name, f.Look)}, nil // cause:watcher
}

// Read waits until the file is there.
func (f *file) Read(key string) (string, error) {
	return fmt.Sprintf("%s of %s", key, <-f.Changes()), nil
}

func (f *file) Close() error {
	f.Watcher.Close()
	return nil
}
