package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"
)

// Container is what is known of a container.
type Container struct {
	ID      string
	Name    string // without the slash
	Image   string // as it was named when the container was made
	Labels  map[string]string
	Created time.Time
	Running bool   // paused ones run too
	TTY     bool   // only from Inspect
	Driver  string // of logs: "json-file"; only from Inspect
	LogPath string // of the json-file driver; only from Inspect
	Rotated bool   // the engine rotates the log; only from Inspect
	State   State
	Network Network // only from Inspect
}

// List is all containers of the engine, stopped ones included.
func (e *Engine) List(ctx context.Context) ([]Container, error) {
	var items []struct {
		ID      string `json:"Id"`
		Names   []string
		Image   string
		Created int64
		Labels  map[string]string
		State   string
	}
	if err := e.ask(ctx, "/containers/json", url.Values{"all": {"1"}}, &items); err != nil {
		return nil, err
	}
	all := make([]Container, 0, len(items))
	for _, i := range items {
		c := Container{ID: i.ID, Image: i.Image, Labels: i.Labels, Created: time.Unix(i.Created, 0), State: State{Status: i.State}}
		if len(i.Names) > 0 {
			c.Name = trimName(i.Names[0])
		}
		c.Running = i.State == "running" || i.State == "paused" || i.State == "restarting"
		all = append(all, c)
	}
	return all, nil
}

// LogsOptions say which lines of a container's log.
type LogsOptions struct {
	Since  int64 // Unix time in ns; lines of that moment are included; 0: all
	Tail   int   // the last so many; -1: all
	Follow bool  // and what comes from now on
}

// Logs is a container's log with timestamps: frames, or raw text of a TTY.
func (e *Engine) Logs(ctx context.Context, id string, o LogsOptions) (*Stream, error) {
	q := url.Values{"stdout": {"1"}, "stderr": {"1"}, "timestamps": {"1"}}
	if o.Since > 0 {
		q.Set("since", fmt.Sprintf("%d.%09d", o.Since/1e9, o.Since%1e9))
	}
	if o.Tail >= 0 {
		q.Set("tail", strconv.Itoa(o.Tail))
	}
	if o.Follow {
		q.Set("follow", "1")
	}
	return e.get(ctx, "/containers/"+url.PathEscape(id)+"/logs", q)
}

// Event is something that has happened to a container.
type Event struct {
	Action string // "start", "die", "destroy", "rename"…
	ID     string
	Time   int64 // Unix time in ns
}

// Events are those of containers since a moment, in Unix ns, in their order, until one is asked for that never comes.
type Events struct {
	*Stream
	dec *json.Decoder
}

// Events opens the engine's events. since 0 is now.
func (e *Engine) Events(ctx context.Context, since int64) (*Events, error) {
	q := url.Values{"filters": {`{"type":["container"]}`}}
	if since > 0 {
		q.Set("since", fmt.Sprintf("%d.%09d", since/1e9, since%1e9))
	}
	s, err := e.get(ctx, "/events", q)
	if err != nil {
		return nil, err
	}
	return &Events{s, json.NewDecoder(s)}, nil
}

// Next waits for an event.
func (s *Events) Next() (Event, error) {
	var e struct {
		Action   string
		Actor    struct{ ID string }
		TimeNano int64 `json:"timeNano"`
	}
	if err := s.dec.Decode(&e); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // they never end by themselves
		}
		return Event{}, err
	}
	return Event{e.Action, e.Actor.ID, e.TimeNano}, nil
}

// Pending says that an event can be read without waiting long.
func (s *Events) Pending(d time.Duration) (bool, error) {
	if rest, ok := s.dec.Buffered().(interface{ Len() int }); ok && rest.Len() > 1 {
		return true, nil // a newline alone is no event
	}
	return s.Wait(d)
}
