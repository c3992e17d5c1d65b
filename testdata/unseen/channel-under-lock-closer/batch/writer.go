// Package batch writes files and closes them in the background.
package batch

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

var errClosedTwice = errors.New("closed twice")

// Writer is a file that is being written.
type Writer struct {
	Path string

	mu     sync.Mutex
	size   int
	closed bool
}

// Files returns n new Writers.
func Files(prefix string, n int) []*Writer {
	all := make([]*Writer, n)
	for i := range all {
		all[i] = &Writer{Path: fmt.Sprintf("%s/%03d.parquet", prefix, i)}
	}
	return all
}

// Write adds data.
func (w *Writer) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.size += len(data)
	return len(data), nil
}

// Close uploads what was written.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosedTwice
	}
	w.closed = true
	time.Sleep(time.Duration(w.size) * 20 * time.Microsecond)
	return nil
}
