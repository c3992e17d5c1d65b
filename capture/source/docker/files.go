package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
	"github.com/logcap/logcap/capture/tail"
)

// Read says how the logs of containers are read.
type Read uint8

// The ways: the engine's API, its json-file logs in place, or those where they can be read and the API otherwise.
const (
	Auto Read = iota
	API
	JSONFile
)

// notReadable is a container whose log cannot be read in the way that was asked for.
type notReadable struct {
	name   string
	driver string
	err    error // nil: it has another driver
}

func (e *notReadable) Error() string {
	if e.err != nil {
		return fmt.Sprintf("read the log file of container %s: %v", e.name, e.err)
	}
	return fmt.Sprintf("read the log file of container %s: its log driver is %s and not json-file", e.name, e.driver)
}
func (e *notReadable) Unwrap() error { return e.err }
func (e *notReadable) Hint() string  { return "read it over the API: --docker-read api, or auto" }

// inPlace says whether a container's log file can be read.
func inPlace(c engine.Container) error {
	if c.Driver != "json-file" || c.LogPath == "" {
		return &notReadable{c.Name, c.Driver, nil}
	}
	f, err := os.Open(c.LogPath)
	switch {
	case err == nil:
		return f.Close()
	case errors.Is(err, os.ErrNotExist):
		// Nothing was written yet, or it is another machine's path: the directory tells.
		if _, e := os.Stat(filepath.Dir(c.LogPath)); e == nil {
			return nil
		}
	}
	return &notReadable{c.Name, c.Driver, err}
}

// reading is why a container's log is read in place.
type reading uint8

const (
	wanted   reading = iota
	unwanted         // it was renamed to what is not collected: it is read to its end, and its position is kept
)

// newFiles is the Follower of all json-file logs; one goroutine reads them.
func (s *Source) newFiles() *file.Follower {
	return file.NewFollower(file.FollowerOptions{
		Subject: "docker log", Once: !s.opt.Follow, Board: s.opt.Board,
		Ended: func(key string, why file.End) {
			id := key[len("docker:"):]
			s.mu.Lock()
			defer s.mu.Unlock()
			if was := s.inFiles[id]; why != file.Read && was != unwanted {
				s.drop(id)
			}
			delete(s.inFiles, id)
		},
	})
}

// startFile follows a container's log in place; no when it has to be read over the API.
func (s *Source) startFile(ctx context.Context, c engine.Container) (bool, error) {
	if s.files == nil {
		return false, nil
	}
	s.mu.Lock()
	_, there := s.inFiles[c.ID]
	s.mu.Unlock()
	if there {
		return true, nil
	}
	c, err := s.opt.Engine.Inspect(ctx, c.ID) // a list does not tell where the log is
	if err != nil {
		return true, nil // it is gone, or the session ends and begins again
	}
	if err := inPlace(c); err != nil {
		return s.opt.Read == JSONFile, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cur := s.cursors[c.ID]
	if cur == nil {
		cur = s.cursorOf(c)
		s.cursors[c.ID] = cur
	}
	d := newEntries(s, cur)
	spec := file.Spec{
		Path: c.LogPath, Origin: s.originOf(c), Decoder: d, Through: true,
		Position: func(at tail.Position, _ string, _ *record.Batch) record.Position { return d.positionAt(at) },
	}
	spec.Start = s.startOf(cur)
	s.inFiles[c.ID] = wanted
	s.files.Add(spec)
	return true, nil
}

// startOf is where reading begins in a container's file, and in those that the engine has rotated away.
func (s *Source) startOf(cur *cursor) tail.Start {
	at := cur.file()
	lines, fresh := cur.unstarted()
	switch {
	case at != nil:
		return tail.Start{Resume: &at.Position}
	case fresh && lines >= 0:
		return tail.Start{From: tail.LastLines, Lines: lines, Older: true}
	case fresh && cur.since() == s.began.UnixNano() && !s.settled:
		return tail.Start{From: tail.End} // it runs, and begins now: what is there need not be looked at
	}
	if since, _ := cur.resume(s.opt.Engine.Clock()); since > 1 {
		return tail.Start{From: tail.Since, Since: time.Unix(0, since), Older: true}
	}
	return tail.Start{Older: true}
}

// filesHappened tells the Follower what it cannot see in a file.
func (s *Source) filesHappened(e engine.Event) {
	if s.files == nil {
		return
	}
	key := "docker:" + e.ID
	switch e.Action {
	case "die":
		s.files.Flush(key) // a line without its end has none any more
	case "destroy":
		s.files.Retire(key)
	}
}

// addFiles adds what was read in place to the counters of the API.
func (s *Source) addFiles(st source.Stats) source.Stats {
	if s.files == nil {
		return st
	}
	f := s.files.Stats()
	st.Lines += f.Lines
	st.Bytes += f.Bytes
	st.Active += f.Active
	st.Reopens += f.Reopens
	st.Turned = f.Turned
	if st.Active == f.Active {
		st.Behind = f.Behind
	}
	for reason, n := range f.Lost {
		if st.Lost == nil {
			st.Lost = map[string]uint64{}
		}
		st.Lost[reason] += n
	}
	return st
}
