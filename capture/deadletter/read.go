package deadletter

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Filter chooses letters; its zero value takes all.
type Filter struct {
	Sink, Reason string    // "": any
	Before       time.Time // refused before; zero: whenever
}

// Takes says that l is one of them.
func (f Filter) Takes(l *Letter) bool {
	return (f.Sink == "" || f.Sink == l.Sink) && (f.Reason == "" || f.Reason == l.Reason) && (f.Before.IsZero() || l.Refused.Before(f.Before))
}

// Entry is a line of a directory: a letter, or why it is none.
type Entry struct {
	Letter Letter
	Line   []byte // without its newline, good until the next one
	Err    error  // names the file and the line
}

// Read visits all letters of a directory, the oldest first, until visit returns an error, which it returns.
// Lines that are no letters are visited too. A collector may be writing.
func Read(dir string, visit func(Entry) error) error {
	all, err := filesIn(dir)
	if err != nil {
		return fmt.Errorf("read dead letters: %w", err)
	}
	for _, f := range all {
		if err := readFile(filepath.Join(dir, f.name), visit); err != nil {
			return err
		}
	}
	return nil
}

func readFile(path string, visit func(Entry) error) error {
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return nil // purged in the meantime
	}
	if err != nil {
		return fmt.Errorf("read dead letters: %w", err)
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, 64<<10)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			e := Entry{Line: bytes.TrimSuffix(line, []byte("\n"))}
			if e.Letter, e.Err = Parse(line); e.Err != nil {
				e.Err = fmt.Errorf("read dead letters: %s, line %d: %w", filepath.Base(path), n, e.Err)
			}
			if err := visit(e); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read dead letters: %w", err)
		}
	}
}

// Sift visits every letter that filter takes, and removes those for which visit says so. What is left is in its old order. When
// visit fails, or the process is killed, those it has not said anything of stay, and so may some of the last few that it has. The lock is held
// for a file at a time and not while visit runs, so a collector goes on.
func Sift(dir string, filter Filter, visit func(*Letter) (remove bool, err error)) (removed uint64, err error) {
	if all, err := filesIn(dir); err != nil || len(all) == 0 {
		return 0, err
	}
	unlock, err := lock(dir, siftName) // two at once would each put back what the other took
	if err != nil {
		return 0, &boxError{"lock dead letters", dir, err}
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if err := seal(dir); err != nil {
		return 0, err
	}
	all, err := filesIn(dir)
	if err != nil {
		return 0, fmt.Errorf("read dead letters: %w", err)
	}
	var failed error
	for _, f := range all[:len(all)-1] { // the last one is what seal has begun
		if failed != nil {
			break
		}
		path := filepath.Join(dir, f.name)
		var kept []byte
		n := uint64(0)
		err := readFile(path, func(e Entry) error {
			remove := false
			if e.Err == nil && failed == nil && filter.Takes(&e.Letter) {
				remove, failed = visit(&e.Letter)
			}
			if remove {
				n++
			} else {
				kept = append(append(kept, e.Line...), '\n')
			}
			return nil
		})
		if err != nil {
			return removed, errors.Join(err, failed)
		}
		if n > 0 {
			if err := replace(dir, path, kept); err != nil {
				return removed, errors.Join(&boxError{"remove dead letters", dir, err}, failed)
			}
			removed += n
		}
	}
	return removed, failed
}

// seal begins a new file, so that nobody writes to those that are there.
func seal(dir string) (err error) {
	all, err := filesIn(dir)
	if err != nil || len(all) == 0 {
		return err
	}
	unlock, err := lock(dir, lockName)
	if err != nil {
		return &boxError{"lock dead letters", dir, err}
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if all, err = filesIn(dir); err != nil || len(all) == 0 {
		return err
	}
	last := all[len(all)-1]
	if last.size == 0 {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, fileName(last.number+1)), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return &boxError{"read dead letters", dir, err}
	}
	return f.Close()
}

// replace puts text in the place of a sealed file, which may have gone to make room; without text it removes it.
func replace(dir, path string, text []byte) (err error) {
	unlock, err := lock(dir, lockName)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return nil
	}
	if len(text) == 0 {
		return os.Remove(path)
	}
	fresh := path + ".new"
	if err := os.WriteFile(fresh, nil, 0o600); err != nil {
		return err
	}
	if err := appendSynced(fresh, text); err != nil {
		return errors.Join(err, os.Remove(fresh))
	}
	return os.Rename(fresh, path)
}

// endsWhole says that a file is empty or ends with a newline.
func endsWhole(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err == nil, err
	}
	var last [1]byte
	_, err = f.ReadAt(last[:], info.Size()-1)
	return last[0] == '\n', err
}

func countLines(path string) (n uint64, err error) {
	err = readFile(path, func(Entry) error { n++; return nil })
	return n, err
}
