package deadletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	ending   = ".jsonl"
	digits   = 8
	lockName = "lock" // of who changes the list of files
	siftName = "sift" // of who takes letters out
	fileMost = 8      // the bound is that of so many files
)

// Options are what a Box is opened with.
type Options struct {
	Dir   string // made when the first letter comes
	Bytes int64  // of all files; 0: 100 MiB. Then the oldest file goes
}

// Box is the directory of letters, for who writes them. Its methods may be called from any goroutine,
// and another process may list, replay or purge at the same time: both hold the directory's lock while they change it.
type Box struct {
	opts Options

	mu      sync.Mutex
	evicted uint64
}

// New is a Box; it touches no disk.
func New(o Options) *Box {
	if o.Bytes == 0 {
		o.Bytes = 100 << 20
	}
	return &Box{opts: o}
}

// Put appends letters, and returns when they are on the disk. After an error none of them is there as a whole line.
func (b *Box) Put(letters []Letter) (err error) {
	var text []byte
	for i := range letters {
		line, err := json.Marshal(&letters[i])
		if err != nil {
			return fmt.Errorf("keep a dead letter: %w", err)
		}
		text = append(append(text, line...), '\n')
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	defer func() {
		if err != nil {
			err = &boxError{"keep dead letters", b.opts.Dir, err}
		}
	}()
	if err := os.MkdirAll(b.opts.Dir, 0o700); err != nil {
		return err
	}
	unlock, err := lock(b.opts.Dir, lockName)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	name, err := b.room(int64(len(text)))
	if err != nil {
		return err
	}
	return appendSynced(filepath.Join(b.opts.Dir, name), text)
}

// appendSynced writes text to the end of a file, or nothing.
func appendSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return errors.Join(err, f.Close())
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		err = errors.Join(err, f.Truncate(info.Size()))
	}
	return errors.Join(err, f.Close())
}

// room is the file to write size bytes to. It makes room by removing the oldest files.
func (b *Box) room(size int64) (name string, err error) {
	all, err := filesIn(b.opts.Dir)
	if err != nil {
		return "", err
	}
	total := size
	for _, f := range all {
		total += f.size
	}
	for len(all) > 0 && total > b.opts.Bytes {
		n, err := countLines(filepath.Join(b.opts.Dir, all[0].name))
		if err != nil {
			return "", err
		}
		if err := os.Remove(filepath.Join(b.opts.Dir, all[0].name)); err != nil {
			return "", err
		}
		b.evicted += n
		total -= all[0].size
		if all = all[1:]; len(all) == 0 {
			return fileName(1), nil
		}
	}
	if len(all) == 0 {
		return fileName(1), nil
	}
	last := all[len(all)-1]
	whole, err := endsWhole(filepath.Join(b.opts.Dir, last.name))
	if err != nil {
		return "", err
	}
	if !whole || last.size+size > b.opts.Bytes/fileMost { // what a power cut has torn stays alone
		return fileName(last.number + 1), nil
	}
	return last.name, nil
}

// Evicted is how many letters have been removed to make room; from any goroutine.
func (b *Box) Evicted() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.evicted
}

// file is one of a directory of letters.
type file struct {
	name   string
	number int
	size   int64
}

func fileName(n int) string { return fmt.Sprintf("%0*d%s", digits, n, ending) }

// filesIn are the files of letters in a directory, the oldest first; none when it is not there.
func filesIn(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if os.IsNotExist(err) {
			return nil, nil
		}
		return nil, err
	}
	var all []file
	for _, e := range entries {
		number, ok := strings.CutSuffix(e.Name(), ending)
		n, err := strconv.Atoi(number)
		if !ok || len(number) < digits || err != nil || n < 0 {
			continue
		}
		info, err := e.Info()
		if os.IsNotExist(err) {
			continue // purged in the meantime
		}
		if err != nil {
			return nil, err
		}
		all = append(all, file{e.Name(), n, info.Size()})
	}
	slices.SortFunc(all, func(a, b file) int { return a.number - b.number })
	return all, nil
}

// boxError is what the directory refuses.
type boxError struct {
	what, dir string
	err       error
}

func (e *boxError) Error() string { return fmt.Sprintf("%s in %q: %v", e.what, e.dir, e.err) }
func (e *boxError) Unwrap() error { return e.err }

// Hint is the next step.
func (e *boxError) Hint() string {
	return "make room on that disk, or mend its permissions; until then what is refused is dropped and counted"
}
