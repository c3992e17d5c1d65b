package main

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/logcap/logcap/internal/faults"
	"github.com/logcap/logcap/internal/standin"
)

// fleet is the containers of the stand-in, what they write, and what is done to them.
type fleet struct {
	engine *standin.Engine
	judge  *faults.Judge
	rate   int
	slow   time.Duration // how long a line in two parts is written at; 0: there are none

	mu      sync.Mutex
	all     []*talker
	leaving []leaving
	made    int
	lines   uint64
	did     map[string]int
	buf     []byte
}

// talker is the program in one container. Each start is two writers of their own, one
// a stream, so that numbers begin with 1.
type talker struct {
	c       *standin.Container
	name    string // of the container when it was made, and of the writers
	tty     bool
	starts  int
	began   time.Time
	phase   float64 // of a line: not all write at the same moment
	turn    int     // lines that were due so far
	n       [2]uint64
	rest    []byte // of a line that is being written
	stream  byte   // of rest
	resume  time.Time
	until   time.Time // paused
	stopped bool
}

// leaving is a container that has stopped and is removed when there was time to
// read it: what is removed with its log nobody can read.
type leaving struct {
	c  *standin.Container
	at time.Time
}

// linger is how long a stopped container is kept.
const linger = 5 * time.Second

// lastWords is how many lines a program writes at once when it is told to end.
const lastWords = 4

// Sizes of lines, in bytes; long ones are more than the engine takes for one message.
const (
	short     = 120
	long      = 40_000
	halting   = 20_000 // of one that is written in two parts
	firstPart = 17_000 // of that: the engine logs a fragment of it at once
)

// add makes and starts one more container. Called under the lock, as all that follow.
func (f *fleet) add() {
	f.made++
	name := fmt.Sprintf("c%05d", f.made)
	t := &talker{name: name, phase: rand.Float64(), tty: f.made%20 == 0}
	t.c = f.engine.Create(standin.Spec{Name: name, Image: "talker:1", Labels: map[string]string{"tier": "front"}, TTY: t.tty})
	f.all = append(f.all, t)
	f.start(t)
}

func (f *fleet) start(t *talker) {
	t.starts++
	t.began, t.turn, t.n, t.rest, t.stopped = time.Now(), 0, [2]uint64{}, nil, false
	t.c.Start()
}

// stop ends a container's program, between two lines, and says what it has written.
func (f *fleet) stop(t *talker) {
	if !t.until.IsZero() {
		t.until = time.Time{}
		t.c.Unpause()
	}
	if t.rest != nil && t.c.Write(t.stream, t.rest) {
		t.rest = nil
	}
	for range lastWords {
		f.write(t, time.Now(), true)
		t.turn++
	}
	t.c.Stop()
	t.stopped = true
	for stream, n := range t.n {
		f.judge.Expect(t.writer(stream), n)
		f.lines += n
	}
}

func (t *talker) writer(stream int) string { return fmt.Sprintf("%s.%d.%d", t.name, t.starts, stream) }

// talk has every container write what is due at a moment.
func (f *fleet) talk(now time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.all {
		switch {
		case t.stopped:
		case !t.until.IsZero() && now.Before(t.until):
		default:
			if !t.until.IsZero() {
				t.until = time.Time{}
				t.c.Unpause()
			}
			due := int(now.Sub(t.began).Seconds()*float64(f.rate) + t.phase)
			for ; t.turn < due; t.turn++ {
				f.write(t, now, false)
			}
		}
	}
	for len(f.leaving) > 0 && now.After(f.leaving[0].at) {
		f.leaving[0].c.Remove()
		f.leaving = f.leaving[1:]
	}
}

// write writes one line, or goes on with one; last ones are written at once. A program that cannot write waits: its numbers go on without a hole.
func (f *fleet) write(t *talker, now time.Time, last bool) {
	stream := 0
	if t.turn%5 == 4 {
		stream = 1
	}
	if t.rest != nil && !now.Before(t.resume) {
		if !t.c.Write(t.stream, t.rest) {
			return
		}
		t.rest = nil
	}
	if t.rest != nil && (t.tty || t.stream == byte(stream+1)) {
		return // the stream is within a line; so is everything of a terminal
	}
	size, slow := short, false
	switch {
	case t.turn%997 == 50:
		size = long
	case t.turn%199 == 70 && f.slow > 0 && t.rest == nil && !last:
		size, slow = halting, true
	}
	f.buf = faults.AppendLine(f.buf[:0], t.writer(stream), t.n[stream]+1, size)
	line := f.buf
	switch {
	case slow:
		line = line[:firstPart]
	case t.turn%11 == 3: // in two writes
		line = line[:len(line)/2]
	}
	if !t.c.Write(byte(stream+1), line) {
		return
	}
	t.n[stream]++
	if rest := f.buf[len(line):]; len(rest) > 0 && (slow || !t.c.Write(byte(stream+1), rest)) {
		t.rest, t.stream, t.resume = append([]byte(nil), rest...), byte(stream+1), now
		if slow {
			t.resume = now.Add(f.slow)
		}
	}
}

// churn does something to one of the containers that run.
func (f *fleet) churn() {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := rand.IntN(len(f.all))
	t := f.all[i]
	what := []string{"restart", "restart", "replace", "replace", "rename", "pause", "job"}[rand.IntN(7)]
	if t.stopped || what == "pause" && !t.until.IsZero() {
		return
	}
	f.did[what]++
	switch what {
	case "restart":
		f.stop(t)
		f.start(t)
	case "rename":
		t.c.Rename(fmt.Sprintf("%s-%d", t.name, rand.IntN(1e6)))
	case "pause":
		t.c.Pause()
		t.until = time.Now().Add(time.Second)
	case "replace":
		f.leave(i)
		f.add()
	case "job": // one that ends as soon as it has begun
		f.add()
		f.leave(len(f.all) - 1)
	}
}

// leave stops a container for good.
func (f *fleet) leave(i int) {
	t := f.all[i]
	f.stop(t)
	f.leaving = append(f.leaving, leaving{t.c, time.Now().Add(linger)})
	f.all[i] = f.all[len(f.all)-1]
	f.all = f.all[:len(f.all)-1]
}

// restart takes the engine away for a while. live keeps the containers running, as
// live-restore does; otherwise they are stopped before and started again.
func (f *fleet) restart(down time.Duration, live bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !live {
		for _, t := range f.all {
			f.stop(t)
		}
	}
	if err := f.engine.Down(); err != nil {
		return err
	}
	for i := range f.leaving {
		f.leaving[i].at = time.Now().Add(down + linger) // nobody can read meanwhile
	}
	f.mu.Unlock()
	time.Sleep(down) // the containers write on
	f.mu.Lock()
	if !live {
		for _, t := range f.all {
			f.start(t)
		}
		for range len(f.all)/100 + 1 { // some end at once, before anybody can hear that they had begun
			f.leave(0)
			defer f.add()
		}
	}
	return f.engine.Up()
}

// end stops all.
func (f *fleet) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, t := range f.all {
		f.stop(t)
	}
}

// written is how many lines there are, once all have stopped.
func (f *fleet) written() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lines
}
