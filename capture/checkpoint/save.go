package checkpoint

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/cespare/xxhash/v2"
)

// Save replaces the checkpoint: written beside it, synced, renamed over it,
// and the directory synced. After an error the old one is untouched. The one
// before is kept as checkpoint.previous.json.
func (s *Store) Save(all Sections) (err error) {
	defer func() {
		if err != nil {
			err = &saveError{fmt.Errorf("write checkpoint: %w", err), s.dir}
		}
	}()
	body := encode(all)
	path, fresh := filepath.Join(s.dir, fileName), filepath.Join(s.dir, fileName+".new")
	if err := write(fresh, header(xxhash.Sum64(body), len(body)), body); err != nil {
		_ = os.Remove(fresh) // it holds what little room there is
		return err
	}
	// A hard link, so that at no moment there is no checkpoint under its own name.
	previous := filepath.Join(s.dir, previousName)
	if err := os.Remove(previous); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Link(path, previous); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(s.dir)
}

// saveError knows the next step.
type saveError struct {
	error
	dir string
}

func (e *saveError) Unwrap() error { return e.error }
func (e *saveError) Hint() string {
	return "nothing more is read until positions can be kept; make room or mend the permissions of " + e.dir
}

func write(path, head string, body []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(head + "\n")
	if err == nil {
		_, err = f.Write(body)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// encode is the JSON of all, keys sorted; the values are JSON already and are not looked at again.
func encode(all Sections) []byte {
	size := 2
	for _, section := range all {
		for key, value := range section {
			size += len(key) + len(value) + 8
		}
	}
	b := append(make([]byte, 0, size+64*len(all)), '{')
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(quoted(append(b, '\n'), name), ":{"...)
		for j, key := range slices.Sorted(maps.Keys(all[name])) {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(quoted(append(b, '\n'), key), ':')
			b = append(b, all[name][key]...)
		}
		b = append(b, "\n}"...)
	}
	return append(b, "\n}\n"...)
}

// quoted appends s as a JSON string. Names and keys may be paths with any byte but NUL.
func quoted(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x7f && s[i] != '"' && s[i] != '\\'
	}
	if plain {
		return append(append(append(b, '"'), s...), '"')
	}
	text, err := json.Marshal(s)
	if err != nil { // a string always has a JSON form
		return append(b, `""`...)
	}
	return append(b, text...)
}
