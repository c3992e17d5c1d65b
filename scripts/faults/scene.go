package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// sceneRate is how many lines a second are written to each of the three logs of a scene.
const sceneRate = 8000

// scene is a collector with a configuration, the logs that it reads, and the destination of its sink a.
type scene struct {
	p      *plan
	file   string
	now    *setting // what the file says
	logs   []*faults.Log
	judge  *faults.Judge
	recv   *faults.Receiver
	c      *child
	end    context.CancelFunc // of what goes on beside
	beside sync.WaitGroup
	mu     sync.Mutex
	err    error // of what goes on beside

	sent, changes int     // reloads, and of them those that changed sources or sinks
	odd           []error // answers to a reload that nobody had expected
}

// newScene writes the first lines, and begins to collect.
func newScene(p *plan, dir, queue, waits string) (*scene, error) {
	s := &scene{p: p, file: filepath.Join(dir, "logcap.yaml"), judge: faults.NewJudge(), end: func() {}}
	var err error
	if s.recv, err = faults.NewReceiver(s.judge); err != nil {
		return nil, err
	}
	for _, name := range []string{"a", "b", "c"} {
		l := &faults.Log{Path: filepath.Join(dir, name+".log"), Writer: name, Keep: 1000}
		s.logs = append(s.logs, l)
		if err := l.Write(10); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	s.now = newSetting(dir, s.recv.URL(), queue, waits)
	if err := errors.Join(s.now.write(s.file), s.start()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.known(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// known waits until the collector has kept a position of each log. What is rotated away before that nobody has
// promised to find.
func (s *scene) known() error {
	if err := s.c.books.ready(); err != nil {
		return err
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		text, err := s.c.books.metrics.Positions()
		if err != nil {
			return err
		}
		all := strings.Contains(text, `"saved"`)
		for _, l := range s.logs {
			all = all && strings.Contains(text, l.Path)
		}
		if all {
			time.Sleep(200 * time.Millisecond) // it is being written
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("no positions after 20 s: %s", text)
		}
	}
}

// start starts the collector.
func (s *scene) start() (err error) {
	s.c, err = s.p.start("-c", s.file, "--drain-timeout", "5s", "--state", filepath.Join(filepath.Dir(s.file), "state"))
	return err
}

// close ends what goes on.
func (s *scene) close() error {
	s.end()
	s.beside.Wait()
	if s.c != nil {
		s.c.kill()
	}
	err := s.recv.Close()
	for _, l := range s.logs {
		err = errors.Join(err, l.Close())
	}
	return err
}

// run begins to write and rename the logs and, with ways, to have the destination fail in them.
func (s *scene) run(ways []faults.Fault) {
	ctx, end := context.WithCancel(context.Background())
	s.end = end
	s.beside.Go(func() { s.fail(s.write(ctx)) })
	if len(ways) > 0 {
		s.beside.Go(func() { s.fail(s.outages(ctx, ways)) })
	}
}

func (s *scene) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errors.Join(s.err, err)
}

func (s *scene) write(ctx context.Context) error {
	for ctx.Err() == nil {
		var all sync.WaitGroup
		errs := make([]error, len(s.logs))
		for i, l := range s.logs {
			all.Go(func() { errs[i] = l.WriteFor(100*time.Millisecond, sceneRate) })
		}
		all.Wait()
		if rand.IntN(20) == 0 {
			errs = append(errs, s.logs[rand.IntN(len(s.logs))].Rename())
		}
		if err := errors.Join(errs...); err != nil {
			return err
		}
	}
	return nil
}

func (s *scene) outages(ctx context.Context, ways []faults.Fault) error {
	for ctx.Err() == nil {
		if err := s.recv.Fail(ways[rand.IntN(len(ways))]); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Duration(500+rand.IntN(4000)) * time.Millisecond):
		}
	}
	return s.recv.Fail(faults.Well)
}

// reload changes the file at random and has the collector read it: by SIGHUP, or by POST, which says what came of it.
func (s *scene) reload(parts int) error {
	next := s.now.changed(parts)
	if err := next.write(s.file); err != nil {
		return err
	}
	s.now = next
	s.sent++
	s.changes++
	if rand.IntN(3) == 0 {
		s.p.tally.reloads++
		return s.c.cmd.Process.Signal(syscall.SIGHUP)
	}
	return s.post()
}

// post has the file read, and looks whether the answer is that to be expected.
func (s *scene) post() error {
	code, text, err := s.c.books.metrics.Reload()
	if err != nil {
		return err
	}
	s.p.tally.reloads++
	want := 200
	if s.now.broken != "" {
		want = 422
		s.p.tally.refused++
	}
	if code != want && len(s.odd) < 5 {
		s.odd = append(s.odd, fmt.Errorf("reload answered %d and not %d: %s\n%s", code, want, text, s.now.text()))
	}
	return nil
}

// finish has everything arrive, ends the collector and judges. queued lines may be missing from it while it says so.
func (s *scene) finish(missing func(*faults.Sink) uint64) (r result, err error) {
	s.end()
	s.beside.Wait()
	s.now = s.now.whole()
	if err := errors.Join(s.err, s.recv.Fail(faults.Well), s.now.write(s.file), s.c.books.ready()); err != nil {
		return r, err
	}
	for _, l := range s.logs {
		s.judge.Expect(l.Writer, l.Lines())
	}
	if err := s.post(); err != nil {
		return r, err
	}
	var a *faults.Account
	for end := time.Now().Add(90 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if a, err = s.c.books.metrics.Account(); err != nil {
			return r, err
		}
		to := a.Sink("a")
		if to == nil {
			return r, errors.New("there is no sink a any more")
		}
		if to.Queued == 0 && s.judge.Verdict().Lost == missing(to) || time.Now().After(end) {
			break
		}
	}
	_, err = s.c.end()
	r.verdict, r.missing = s.judge.Verdict(), append(s.judge.Missing(), s.judge.Late()...)
	if want := missing(a.Sink("a")); r.verdict.Lost == want {
		r.verdict.Lost = 0
	} else if want > 0 {
		err = errors.Join(err, fmt.Errorf("%d lines did not arrive, and %d were counted as dropped", r.verdict.Lost, want))
	}
	return r, errors.Join(err, errors.Join(s.odd...))
}

// nothing may be missing.
func nothing(*faults.Sink) uint64 { return 0 }
