// Package container finds what a docker: target stands for: the one Go process
// of a container, by its pid in this pid namespace, or a way to a port of it,
// if need be through the container's own network namespace. It asks the engine
// and /proc and watches nothing itself.
package container

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/engine"
)

// Ref is a container as the user names it.
type Ref struct {
	Name string // its name, its id or the beginning of one, or a service of compose
	Port int    // of its endpoint, inside; 0: none, its memory is read
}

// ParseRef reads NAME or NAME:PORT.
func ParseRef(s string) (Ref, error) {
	name, port, has := strings.Cut(s, ":")
	if name == "" {
		return Ref{}, fail("write docker:NAME or docker:NAME:PORT", "container %q: the name is missing", s)
	}
	if !has {
		return Ref{Name: name}, nil
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return Ref{}, fail("a port is a number from 1 to 65535", "container %q: the port is %q", name, port)
	}
	return Ref{name, int(n)}, nil
}

// Options say whom to ask. Engine has to be set.
type Options struct {
	Engine *engine.Engine
	Own    string // id of the container that logcap runs in; "": none, or not known
	Proc   string // where /proc is; "": /proc
	// Near is the word of known that was meant; "" when none is near. nil: none ever is.
	Near func(word string, known []string) string
}

// Finder finds containers of one engine. It can be used by several goroutines at once.
type Finder struct {
	opts Options
	proc proc
}

// New makes a finder; it asks nothing yet.
func New(o Options) *Finder {
	if o.Proc == "" {
		o.Proc = "/proc"
	}
	if o.Near == nil {
		o.Near = func(string, []string) string { return "" }
	}
	return &Finder{opts: o, proc: proc{o.Proc}}
}

// Process is the Go process of a container.
type Process struct {
	PID       int    // in this pid namespace
	Exe       string // its executable's path, inside the container
	Name      string // the container's
	ID        string // the container's, 64 hex digits
	Started   time.Time
	Paused    bool   // it is frozen; its memory can be read all the same
	Note      string // how it was chosen, when that was not plain; one line
	reference string // what the user called the container
}

// mostLooks bounds how often a container is looked at that is started anew meanwhile.
const mostLooks = 3

// Process is the container's one Go process. Every error is an *Error, one of
// the engine, or ctx's.
func (f *Finder) Process(ctx context.Context, name string) (Process, error) {
	c, err := f.find(ctx, name)
	for range mostLooks {
		if err != nil {
			return Process{}, err
		}
		var p Process
		if p, err = f.process(c); err == nil {
			p.reference = name
			return p, nil
		}
		was, failed := c.State, err
		// What has ended since the engine was asked is no riddle: it is asked again.
		if c, err = f.find(ctx, name); err == nil && c.State == was {
			return Process{}, failed
		}
	}
	if err == nil {
		err = ready(c)
	}
	if err == nil {
		err = fail("docker logs --tail 20 "+c.Name+" tells why", "container %q starts again and again", c.Name)
	}
	return Process{}, err
}

// process is that of a container as the engine has described it.
func (f *Finder) process(c engine.Container) (Process, error) {
	if err := ready(c); err != nil {
		return Process{}, err
	}
	m, err := f.members(c)
	if err != nil {
		return Process{}, err
	}
	p, err := f.choose(c, m)
	p.Name, p.ID, p.Started, p.Paused = c.Name, c.ID, c.State.Started, c.State.Status == "paused"
	return p, err
}

// Again finds a container's process anew, and says whether it is another one:
// the container was started again, or another one was made under its name.
func (f *Finder) Again(ctx context.Context, was Process) (now Process, restarted bool, err error) {
	now, err = f.Process(ctx, was.reference)
	if err != nil {
		return Process{}, false, err
	}
	return now, now.ID != was.ID || now.PID != was.PID || !now.Started.Equal(was.Started), nil
}

// String is the process as a user names it.
func (p Process) String() string { return fmt.Sprintf("pid:%d (%s)", p.PID, p.Exe) }
