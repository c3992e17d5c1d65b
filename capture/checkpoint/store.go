// Package checkpoint keeps positions on disk: the lock of the state directory,
// a file that is replaced atomically, and the clock by which it is. It knows
// nothing of what is in a position.
//
// The file is a line of its own and then JSON that a person can read:
//
//	logcap-checkpoint 1 <xxhash64 of the JSON, 16 hex digits> <its length in bytes>
//	{"file":{"file:/var/log/x":{…}},"docker":{…}}
package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cespare/xxhash/v2"
)

const (
	fileName     = "checkpoint.json"
	previousName = "checkpoint.previous.json"
	magic        = "logcap-checkpoint"
	version      = 1
)

// Sections are positions by source, then by the source's own key.
type Sections map[string]map[string]json.RawMessage

// Loaded is what a state directory held.
type Loaded struct {
	Sections Sections
	Fresh    bool    // there was no checkpoint at all
	Lost     bool    // there was one, and neither it nor the one before can be read
	Corrupt  []error // what was set aside, and under what name
}

// Store is the checkpoint of one state directory. Hold its Lock while using it.
type Store struct{ dir string }

// NewStore is the store in dir, which exists.
func NewStore(dir string) *Store { return &Store{dir} }

// Load reads the last checkpoint that is whole. One that is not is set aside
// as checkpoint.json.corrupt-<now>, and the one before is used: what
// that one does not know is read again. The error is of the disk alone.
func (s *Store) Load(now time.Time) (Loaded, error) {
	var l Loaded
	found := false
	for _, name := range []string{fileName, previousName} {
		path := filepath.Join(s.dir, name)
		data, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		found = true
		if err == nil {
			l.Sections, err = parse(data)
			if err == nil {
				return l, nil
			}
		} else if errors.Is(err, fs.ErrPermission) {
			return l, fmt.Errorf("read checkpoint: %w", err) // it may be whole
		}
		aside := path + ".corrupt-" + now.UTC().Format("20060102T150405")
		l.Corrupt = append(l.Corrupt, fmt.Errorf("read checkpoint %q: %w; kept as %s", path, err, filepath.Base(aside)))
		if err := os.Rename(path, aside); err != nil {
			return l, fmt.Errorf("set a corrupt checkpoint aside: %w", err)
		}
	}
	l.Sections, l.Fresh, l.Lost = Sections{}, !found, found
	return l, nil
}

// parse checks the whole file before it believes any of it.
func parse(data []byte) (Sections, error) {
	line, body, ok := bytes.Cut(data, []byte("\n"))
	if !ok {
		return nil, errors.New("it has no first line")
	}
	var v, length int
	var sum uint64
	if n, err := fmt.Sscanf(string(line), magic+" %d %x %d", &v, &sum, &length); n != 3 || err != nil {
		if n >= 1 && v > version {
			return nil, fmt.Errorf("it has version %d, and this logcap reads %d", v, version)
		}
		return nil, errors.New("its first line is not that of a checkpoint")
	}
	switch {
	case v != version:
		return nil, fmt.Errorf("it has version %d, and this logcap reads %d", v, version)
	case string(line) != header(sum, length):
		return nil, errors.New("its first line is not that of a checkpoint")
	case len(body) != length:
		return nil, fmt.Errorf("it has %d bytes and not %d", len(body), length)
	case xxhash.Sum64(body) != sum:
		return nil, errors.New("its checksum does not match")
	}
	var all Sections
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("its JSON: %w", err)
	}
	if all == nil {
		all = Sections{}
	}
	return all, nil
}

func header(sum uint64, length int) string {
	return fmt.Sprintf("%s %d %016x %d", magic, version, sum, length)
}
