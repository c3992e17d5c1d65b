package standin

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Spec is what a container is made of.
type Spec struct {
	Name    string // without a slash
	Image   string
	Labels  map[string]string
	TTY     bool      // its output is one raw stream, whose lines end with \r\n
	LogPath string    // of a json-file log that the caller writes; "": there is none that a client could read
	Created time.Time // zero: now
	PID     int       // of its process while it runs
	Network Network
}

// Network is where a container can be reached.
type Network struct {
	Mode  string            // "": "default"
	IP    string            // in the network "bridge"; "": none
	Ports map[string]string // those published, as "6060/tcp", and where, as "127.0.0.1:16060"
}

// Streams of a container's output.
const (
	Stdout byte = 1
	Stderr byte = 2
)

// fragmentSize is the buffer of the engine's copier, in bytes: a line that fills it goes on in the next message.
const fragmentSize = 16 << 10

// pipeSize is how much a container can write while nobody reads, in bytes: Linux's default of a pipe.
const pipeSize = 64 << 10

// mostEarly bounds the messages that a stream misses when it ends too early.
const mostEarly = 10

// Container is one container. Its methods can be called from any goroutine.
type Container struct {
	e    *Engine
	id   string
	spec Spec // but for the name

	mu                       sync.Mutex
	name                     string
	running, paused, removed bool
	looping                  bool // it has ended, and is to be started again
	code                     int  // that it ended with
	started, finished        time.Time
	log                      log
	streams                  map[*logStream]struct{}
	copiers                  [3]copier
	last                     byte // stream of the message before
	pipe                     []written
	waiting                  int // bytes in pipe
}

// written is a write that waits in a pipe.
type written struct {
	stream byte
	text   []byte
}

// copier makes messages of one stream.
type copier struct {
	buf    []byte // a line that has not ended
	time   int64  // of the message before
	within bool   // a fragment of the line in buf was logged, with that time
}

// Create makes a container that does not run yet.
func (e *Engine) Create(s Spec) *Container {
	if s.Created.IsZero() {
		s.Created = e.opt.Now()
	}
	e.mu.Lock()
	e.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", s.Name, e.made, s.Created.UnixNano()))
	c := &Container{e: e, id: hex.EncodeToString(sum[:]), spec: s, name: s.Name, streams: map[*logStream]struct{}{}}
	c.spec.Labels = maps.Clone(s.Labels)
	e.containers = append(e.containers, c)
	e.byID[c.id] = c
	e.mu.Unlock()
	e.happen(c, "create")
	return c
}

// ID is 64 hex digits.
func (c *Container) ID() string { return c.id }

// Name is without a slash.
func (c *Container) Name() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.name
}

// Start begins, or begins again: the log goes on.
func (c *Container) Start() {
	c.mu.Lock()
	c.running, c.paused, c.looping, c.code = true, false, false, 0
	c.started = c.e.opt.Now()
	c.mu.Unlock()
	c.e.happen(c, "start")
}

// Stop ends the container's process. Streams that follow it end when they have
// given everything, or a little before, as Options.Early says.
func (c *Container) Stop() {
	c.e.happen(c, "kill")
	c.end(0, false)
	c.e.happen(c, "stop")
}

// Exit is the end of the container's process by itself. again says that the engine
// is about to start it anew, as a restart policy has it.
func (c *Container) Exit(code int, again bool) { c.end(code, again) }

func (c *Container) end(code int, again bool) {
	c.mu.Lock()
	for stream := range c.copiers { // what has no newline is a message without one
		if k := &c.copiers[stream]; len(k.buf) > 0 {
			c.message(byte(stream), len(k.buf), false)
		}
	}
	c.running, c.paused, c.looping, c.code = false, false, again, code
	c.finished = c.e.opt.Now()
	for s := range c.streams {
		s.limit = min(s.limit, c.log.next) // it ends even when the container is started again at once
		if s.follow && s.limit > s.at && rand.Float64() < c.e.opt.Early {
			s.limit = max(s.at, s.limit-min(s.limit, uint64(1+rand.IntN(mostEarly))))
			c.e.early.Add(1)
		}
		s.w.stir()
	}
	c.mu.Unlock()
	c.e.happen(c, "die")
}

// Pause stops the container's process where it is; Unpause lets it go on.
func (c *Container) Pause()   { c.pause(true, "pause") }
func (c *Container) Unpause() { c.pause(false, "unpause") }

func (c *Container) pause(on bool, action string) {
	c.mu.Lock()
	c.paused = on
	c.mu.Unlock()
	c.e.happen(c, action)
}

// Rename gives it another name.
func (c *Container) Rename(name string) {
	c.mu.Lock()
	c.name = name
	c.mu.Unlock()
	c.e.happen(c, "rename")
}

// Remove stops it when it runs, and forgets it with its log.
func (c *Container) Remove() {
	c.mu.Lock()
	running := c.running
	c.mu.Unlock()
	if running {
		c.Stop()
	}
	c.e.mu.Lock()
	delete(c.e.byID, c.id)
	c.e.containers = slices.DeleteFunc(c.e.containers, func(o *Container) bool { return o == c })
	c.e.mu.Unlock()
	c.mu.Lock()
	c.removed = true
	for s := range c.streams {
		s.w.stir()
	}
	c.mu.Unlock()
	c.e.happen(c, "destroy")
}

// Write is a write of the container's process. No when it cannot go on: it does
// not run, is paused, or its pipe is full because the engine is down. With a TTY all is stdout.
func (c *Container) Write(stream byte, text []byte) bool {
	if c.spec.TTY {
		stream = Stdout
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.running || c.paused:
		return false
	case !c.e.up.Load():
		if c.waiting+len(text) > pipeSize {
			return false
		}
		c.pipe = append(c.pipe, written{stream, slices.Clone(text)})
		c.waiting += len(text)
		return true
	}
	c.drainPipe()
	c.copy(stream, text)
	c.stir()
	return true
}

// Append logs one message as it is, with a time of the caller's choice: for tests that say what a log holds.
func (c *Container) Append(stream byte, t int64, line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log.add(stream, t, []byte(line))
	c.stir()
}

func (c *Container) stir() {
	for s := range c.streams {
		s.w.stir()
	}
}

// drain logs what waits in the pipe.
func (c *Container) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drainPipe()
	c.stir()
}

func (c *Container) drainPipe() {
	for _, w := range c.pipe {
		c.copy(w.stream, w.text)
	}
	c.pipe, c.waiting = nil, 0
}

// copy makes messages of what was written: of each line, and of each
// fragmentSize bytes of a longer one. Called under the lock.
func (c *Container) copy(stream byte, text []byte) {
	k := &c.copiers[stream]
	if c.spec.TTY {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	k.buf = append(k.buf, text...)
	for {
		n := bytes.IndexByte(k.buf[:min(len(k.buf), fragmentSize)], '\n') + 1
		switch {
		case n > 0:
			c.message(stream, n, true)
		case len(k.buf) >= fragmentSize:
			c.message(stream, fragmentSize, false)
		default:
			return
		}
	}
}

// message logs the first n bytes of what a copier holds. All fragments of a line have
// the time of the first one, as daemon/logger/copier.go gives them since engine 18.06.
func (c *Container) message(stream byte, n int, whole bool) {
	k := &c.copiers[stream]
	if !k.within {
		k.time = max(k.time, c.stamp(stream))
	}
	c.log.add(stream, k.time, k.buf[:n])
	k.buf = append(k.buf[:0], k.buf[n:]...)
	k.within = !whole
	c.last = stream
	c.log.forget(c.e.opt.Now().Add(-c.e.opt.Retain).UnixNano())
}

// stamp is the time of a message of a stream, in Unix ns. The engine reads the two streams in two goroutines,
// which take the time before they wait for the log: times go back between streams, never within one.
func (c *Container) stamp(stream byte) int64 {
	t := c.e.opt.Now().UnixNano()
	if skew := c.e.opt.Skew; skew > 0 && stream != c.last && c.last != 0 {
		t -= rand.Int64N(int64(skew))
	}
	return t
}
