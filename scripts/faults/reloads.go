package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// Queues of sinks, as a configuration writes them.
const (
	inMemory  = "{size: 2MiB}"
	onDisk    = "{in: disk, size: 64MiB}"
	small     = "{in: disk, size: 4MiB}"
	smallDrop = "{in: disk, size: 4MiB, full: drop-oldest}"
	besideOne = "{size: 1MiB, full: drop-oldest}" // a sink that is dead must not hold a up for ever
	besideTwo = "{in: disk, size: 4MiB, full: drop-oldest}"
)

// failing are the ways of a destination that is well half of the time.
var failing = []faults.Fault{faults.Well, faults.Error, faults.Well, faults.Late, faults.Well, faults.Reset, faults.Well, faults.Down}

// reloads are the cases that change the configuration of a collector that runs.
func reloads() []oneCase {
	return []oneCase{
		{"reload every 5 s", reloading(5*time.Second, nil, inMemory, besideOne)},
		{"reload every 0.5 s", reloading(time.Second/2, nil, inMemory, besideOne)},
		{"reload every 0.5 s, disk queues", reloading(time.Second/2, nil, onDisk, besideTwo)},
		{"reload every 5 s, sink failing, disk queue", reloading(5*time.Second, failing, onDisk, besideOne)},
		{"reload every 0.5 s, sink failing", reloading(time.Second/2, failing, inMemory, besideOne)},
		{"reload every 0.5 s, sink failing, disk queues", reloading(time.Second/2, failing, onDisk, besideTwo)},
		{"reload, disk queue full of a dead sink, and back", deadReloading(small, partAll)},
		// What is read again because a source has changed is dropped once and delivered once: then the counts say nothing.
		{"reload, disk queue dropping the oldest", deadReloading(smallDrop, partAll&^partSources)},
		{"reload and kill -9, disk queues", killReloading(failing, onDisk, besideTwo)},
		{"reload and kill -9, memory queues", killReloading(failing, inMemory, besideOne)},
	}
}

// reloading changes the configuration so often for p.reload, under load.
func reloading(every time.Duration, ways []faults.Fault, queue, waits string) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		s, err := newScene(p, dir, queue, waits)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		if err := s.c.books.ready(); err != nil {
			return r, err
		}
		s.run(ways)
		slowest := time.Duration(0)
		for end := time.Now().Add(max(p.reload, every)); time.Now().Before(end); {
			time.Sleep(every)
			began := time.Now()
			if err := s.reload(partAll); err != nil {
				return r, fmt.Errorf("reload: %w: %s", err, s.c.said())
			}
			slowest = max(slowest, time.Since(began))
		}
		r, err = s.finish(nothing)
		r.allowed = uint64(s.changes) * 4 * 3 * sceneRate
		r.note = fmt.Sprintf("%d reloads, the slowest took %.1f s", s.sent, slowest.Seconds())
		return r, err
	}
}

// deadReloading has the destination dead until the queue is full, with reloads all the time, and then back.
func deadReloading(queue string, parts int) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		s, err := newScene(p, dir, queue, besideOne)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		if err := errors.Join(s.c.books.ready(), s.recv.Fail(faults.Down)); err != nil {
			return r, err
		}
		s.run(nil)
		ways := []faults.Fault{faults.Down, faults.Late, faults.Error, faults.Reset}
		for end := time.Now().Add(p.reload); time.Now().Before(end); time.Sleep(300 * time.Millisecond) {
			if err := errors.Join(s.recv.Fail(ways[rand.IntN(len(ways))]), s.reload(parts)); err != nil {
				return r, fmt.Errorf("reload: %w: %s", err, s.c.said())
			}
		}
		a, err := s.c.books.metrics.Account()
		if err != nil {
			return r, err
		}
		held := a.Sink("a").Records
		written := uint64(0)
		s.end()
		s.beside.Wait()
		for _, l := range s.logs {
			written += l.Lines()
		}
		r, err = s.finish(func(a *faults.Sink) uint64 { return a.Dropped["queue-full"] })
		r.allowed = uint64(s.changes) * 4 * 3 * sceneRate
		r.note = fmt.Sprintf("%d reloads; %d lines of %d were read while it was away", s.sent, held, written)
		if a.Sink("a").Dropped["queue-full"] > 0 {
			r.note += "; those that are missing are exactly those that were counted as dropped"
		} else if queue == smallDrop {
			err = errors.Join(err, errors.New("nothing was dropped: the case proves nothing"))
		}
		return r, err
	}
}

// killReloading kills the collector p.rekill times at random moments, most of them within a reload.
func killReloading(ways []faults.Fault, queue, waits string) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		s, err := newScene(p, dir, queue, waits)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		s.run(ways)
		kills := 0
		for range p.rekill {
			moment := time.Now().Add(time.Duration(rand.IntN(2000)) * time.Millisecond)
			asked := make(chan struct{})
			go func() { // the last reload is cut off by the kill
				defer close(asked)
				for time.Until(moment) > 0 && !s.c.books.answers() {
					time.Sleep(5 * time.Millisecond) // a run does not start with a file that is broken
				}
				for time.Until(moment) > 20*time.Millisecond {
					time.Sleep(min(time.Until(moment), time.Duration(20+rand.IntN(300))*time.Millisecond))
					_ = s.reload(partAll) // it may not serve yet, or be killed meanwhile
				}
			}()
			time.Sleep(time.Until(moment))
			if !s.c.kill() {
				<-asked
				return r, fmt.Errorf("it had ended by itself: %s", s.c.said())
			}
			kills++
			<-asked
			if out, err := p.fsck(filepath.Join(dir, "state")); err != nil {
				return r, fmt.Errorf("after kill %d: %w: %s", kills, err, out)
			}
			s.now.broken = "" // a run does not start with that
			if err := errors.Join(s.now.write(s.file), s.start()); err != nil {
				return r, err
			}
		}
		r, err = s.finish(nothing)
		r.allowed = uint64(kills+s.changes) * 4 * 3 * sceneRate
		r.note = fmt.Sprintf("%d kills, %d reloads", kills, s.sent)
		return r, err
	}
}
