package recording

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// Writer appends scrapes to one recording. It may be used from several
// goroutines. A process killed at any moment leaves a recording that Open
// reads; after a power failure the newest files may be short, which Open says.
type Writer struct {
	dir  string
	root *os.Root
	// open is root.OpenFile; tests put a full disk there.
	open func(name string, flag int) (file, error)

	mu     sync.Mutex
	index  file
	offset int64 // end of the last whole line of the index
	torn   bool  // half a line could not be taken back
	seq    int
	zip    *gzip.Writer
	thin   *thinner
	closed bool
}

type file interface {
	io.WriteCloser
	Truncate(size int64) error
	Sync() error
}

// Append keeps one scrape and returns the name of its file, "" for a scrape
// that failed. The file is complete before the index names it.
//
// An error leaves what was there before as it was, and the scrape is not kept:
// the gap in the numbers says so later. With ErrFull the next Append may
// succeed again.
func (w *Writer) Append(s Scrape) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return "", &Error{Op: "record scrape in", Path: w.dir, Err: os.ErrClosed}
	}
	w.seq++
	if err := w.applyThinning(s.Time); err != nil { // first: it frees space
		return "", err
	}
	e := Entry{Seq: w.seq, Kind: s.Kind, Time: s.Time.UTC(), Took: s.Took, Total: s.Total, Bytes: int64(len(s.Body)),
		Truncated: s.Truncated, Err: s.Err, Warnings: s.Warnings}
	if s.Err == "" || len(s.Body) > 0 {
		if err := w.store(&e, s.Body); err != nil {
			return "", err
		}
	}
	if err := w.appendLine(lineOf(e)); err != nil {
		if e.File != "" {
			w.root.Remove(e.File)
		}
		return "", err
	}
	w.thin.add(e)
	return e.File, nil
}

// store writes the body's file and fills in what the index says about it.
func (w *Writer) store(e *Entry, body []byte) error {
	e.File = nameOf(e.Seq, e.Kind, body)
	if _, _, ok := parseName(e.File); !ok {
		return &Error{Op: "record scrape in", Path: w.dir, Err: fmt.Errorf("unknown kind %q", e.Kind)}
	}
	if !isGzip(body) {
		note, err := encodeLine(lineOf(Entry{Seq: e.Seq, Kind: e.Kind, Time: e.Time, Took: e.Took, Total: e.Total, Bytes: e.Bytes, Truncated: e.Truncated}))
		if err != nil {
			return &Error{Op: "record", Path: e.File, Err: err}
		}
		if body, err = w.gzip(body, string(bytes.TrimSpace(note))); err != nil {
			return &Error{Op: "compress", Path: e.File, Err: err}
		}
	}
	sum := sha256.Sum256(body)
	e.SHA256, e.Stored = hex.EncodeToString(sum[:]), int64(len(body))
	return w.replace(e.File, body)
}

// gzip compresses a text. The header's comment holds the index line as far as
// it is known before the file exists: a text itself does not say when it was taken.
func (w *Writer) gzip(body []byte, note string) ([]byte, error) {
	var b bytes.Buffer
	if w.zip == nil {
		zip, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
		if err != nil {
			return nil, err
		}
		w.zip = zip
	}
	w.zip.Reset(&b)
	w.zip.Comment = note
	if _, err := w.zip.Write(body); err != nil {
		return nil, err
	}
	err := w.zip.Close()
	return b.Bytes(), err
}

func isGzip(b []byte) bool { return len(b) > 2 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 }

// unfinished ends the name of a file that is being written.
const unfinished = ".tmp"

// replace writes a file whole or not at all.
func (w *Writer) replace(name string, b []byte) error {
	f, err := w.open(name+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC)
	if err == nil {
		_, err = f.Write(b)
		err = errors.Join(err, f.Close())
	}
	if err == nil {
		err = w.root.Rename(name+unfinished, name)
	}
	if err != nil {
		w.root.Remove(name + unfinished)
		return storeError("write", w.path(name), err)
	}
	return nil
}

// appendLine adds one line to the index; half a line is taken back.
func (w *Writer) appendLine(l line) error {
	b, err := encodeLine(l)
	if err != nil {
		return &Error{Op: "record in", Path: w.path(indexFile), Err: err}
	}
	if w.torn {
		b = append([]byte{'\n'}, b...)
	}
	n, err := w.index.Write(b)
	if err == nil {
		w.offset += int64(n)
		w.torn = false
		return nil
	}
	if n > 0 {
		if w.index.Truncate(w.offset) != nil {
			w.offset += int64(n)
			w.torn = true
		}
	}
	return storeError("write", w.path(indexFile), err)
}

// SetTarget replaces what is known of the target, as its Go version once a
// profile has told it.
func (w *Writer) SetTarget(t Target) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return &Error{Op: "record target in", Path: w.dir, Err: os.ErrClosed}
	}
	return w.setTarget(t)
}

func (w *Writer) setTarget(t Target) error {
	b, err := encodeTarget(t)
	if err != nil {
		return &Error{Op: "record target in", Path: w.dir, Err: err}
	}
	// The index first: it wins when the two differ after a kill in between.
	if err := w.appendLine(line{Schema: Schema, Target: &t}); err != nil {
		return err
	}
	return w.replace(targetFile, b)
}

// Close makes the index last through a power failure and gives everything back.
// Only the first call does something.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	if err := errors.Join(w.index.Sync(), w.index.Close(), w.root.Close()); err != nil {
		return storeError("close", w.dir, err)
	}
	return nil
}

// Discard closes a recording in which nothing was kept and removes it, so that
// the next try finds its folder vacant. With a scrape in it, it is only closed.
func (w *Writer) Discard() error {
	if err := w.Close(); err != nil || w.seq > 0 {
		return err
	}
	err := errors.Join(os.Remove(w.path(indexFile)), os.Remove(w.path(targetFile)))
	if err != nil {
		return storeError("remove empty recording", w.dir, err)
	}
	_ = os.Remove(w.dir) // it stays when it was there before with something in it
	return nil
}

// applyThinning notes what is to go before it goes, so that a kill in between
// leaves files that are not looked at instead of lines without a file.
func (w *Writer) applyThinning(now time.Time) error {
	gone := w.thin.due(now)
	if len(gone) == 0 {
		return nil
	}
	var seqs []int
	for _, g := range gone {
		seqs = append(seqs, g.seq)
	}
	if err := w.appendLine(line{Thinned: seqs}); err != nil {
		return err
	}
	w.thin.forget(gone)
	for _, g := range gone {
		if err := w.root.Remove(g.file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &Error{Op: "thin", Path: w.path(g.file), Err: err}
		}
	}
	return nil
}

// Dir is the recording's folder.
func (w *Writer) Dir() string { return w.dir }

func (w *Writer) path(name string) string { return filepath.Join(w.dir, name) }
