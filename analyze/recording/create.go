package recording

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Create begins a recording of one target in dir, which is made with its
// parents when it is not there and must be empty when it is: ErrExists when a
// recording is in it, ErrNotEmpty when something else is.
func Create(dir string, t Target) (*Writer, error) { return create(dir, t, DefaultThinning()) }

// CreateAll begins one recording for all targets: in dir itself for one, else
// in a folder each, named after the target and numbered where names collide.
// The writers come in the order of the targets.
func CreateAll(dir string, targets []Target) ([]*Writer, error) {
	if len(targets) == 1 {
		w, err := Create(dir, targets[0])
		if err != nil {
			return nil, err
		}
		return []*Writer{w}, nil
	}
	if err := vacant(dir); err != nil {
		return nil, err
	}
	var all []*Writer
	names := folderNames(targets)
	for i, t := range targets {
		w, err := Create(filepath.Join(dir, names[i]), t)
		if err != nil {
			for _, w := range all {
				err = errors.Join(err, w.Close())
			}
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

func create(dir string, t Target, rule Thinning) (*Writer, error) {
	const op = "create recording"
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, storeError(op, dir, err)
	}
	if err := vacant(dir); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &Error{Op: op, Path: dir, Err: err}
	}
	w := &Writer{dir: dir, root: root, thin: newThinner(rule)}
	w.open = func(name string, flag int) (file, error) { return root.OpenFile(name, flag, 0o644) }
	// O_EXCL decides between two that begin at the same moment.
	if w.index, err = w.open(indexFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND); err == nil {
		if err = w.setTarget(t); err == nil {
			return w, nil
		}
		w.index.Close()
	}
	root.Close()
	if errors.Is(err, fs.ErrExist) {
		return nil, existsError(dir, ErrExists)
	}
	var told *Error
	if errors.As(err, &told) {
		return nil, err
	}
	return nil, storeError(op, dir, err)
}

// vacant refuses a folder that has something in it; one that is missing is vacant.
func vacant(dir string) error {
	f, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		defer f.Close()
		_, err = f.Readdirnames(1)
	}
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return &Error{Op: "create recording", Path: dir, Err: err}
	case IsRecording(dir):
		return existsError(dir, ErrExists)
	}
	if several, err := OpenAll(dir); err == nil && len(several) > 0 {
		return existsError(dir, ErrExists)
	}
	return existsError(dir, ErrNotEmpty)
}

func existsError(dir string, err error) error {
	return &Error{Op: "create recording", Path: dir, Err: err, hint: "name a folder that is empty or does not exist yet"}
}

// folderNames makes one safe and distinct folder name a target.
func folderNames(targets []Target) []string {
	names := make([]string, len(targets))
	taken := map[string]bool{}
	for i, t := range targets {
		base := folderName(t.Name)
		name := base
		for n := 2; taken[strings.ToLower(name)]; n++ { // some file systems do not tell case
			name = fmt.Sprintf("%s-%d", base, n)
		}
		taken[strings.ToLower(name)] = true
		names[i] = name
	}
	return names
}

func folderName(target string) string {
	if _, rest, ok := strings.Cut(target, "://"); ok {
		target = rest
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		}
		return '-'
	}, target)
	name = strings.Trim(name, ".-")
	if len(name) > 80 {
		name = strings.Trim(name[:80], ".-")
	}
	if name == "" {
		return "target"
	}
	return name
}
