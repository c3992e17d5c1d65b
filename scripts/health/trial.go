package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

const (
	askEvery  = 20 * time.Millisecond
	anyMoment = 5 * time.Second  // within which whatever looks from time to time looks
	busy      = time.Second      // what a promise may be late by on a machine that has other work
	starts    = 30 * time.Second // how long a collector may take until it is well
)

// trial is one fault made to one collector.
type trial struct {
	ctx   context.Context
	fault fault
	bin   string
	dir   string
	user  *syscall.SysProcAttr // who the collector is; nil: who runs this program
	env   []string
	hold  time.Duration // how long the fault lasts after it was told

	toldAfter, againAfter time.Duration
	what                  problem  // that was told
	besides               []string // subjects of what else was, while the fault lasted
	early                 bool     // "ok" was said while it lasted

	cmd  *exec.Cmd
	said transcript
	http *http.Client
	log  *faults.Log
	ends []func() error // what the fault has opened
}

// answer is the part of /health that is looked at.
type answer struct {
	code     int
	Status   string
	Problems []problem
	Sinks    []struct {
		Delivered, Queued uint64
	}
	Self struct {
		Baseline *struct{}
	}
}

type problem struct{ Subject, Text, Hint string }

// do runs the trial in a directory of its own, which stays when it fails to be removed with the whole.
func (t *trial) do() (err error) {
	if err := os.Mkdir(t.dir, 0o755); err != nil {
		return err
	}
	defer func() {
		if t.cmd != nil {
			err = errors.Join(err, t.end())
		}
		for _, end := range t.ends {
			err = errors.Join(err, end())
		}
	}()
	return t.fault.run(t)
}

// atEnd calls f after the collector has ended, in the order of the calls.
func (t *trial) atEnd(f func() error) { t.ends = append(t.ends, f) }

func (t *trial) path(name string) string { return filepath.Join(t.dir, name) }

// start runs a collector with a state directory of its own, and waits until it is well.
func (t *trial) start(args ...string) error {
	state := t.path("state")
	t.cmd = exec.CommandContext(t.ctx, t.bin, append([]string{"capture", "--drain-timeout", "3s", "--state", state}, args...)...)
	t.cmd.Dir, t.cmd.Stderr, t.cmd.SysProcAttr = t.dir, &t.said, t.user
	t.cmd.Env = append(os.Environ(), t.env...)
	if err := t.cmd.Start(); err != nil {
		t.cmd = nil
		return err
	}
	t.http = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return net.Dial("unix", t.socket())
	}}}
	_, err := t.until("it is well", starts, func(a *answer) bool { return a.well() })
	return err
}

// socket is where the collector is asked.
func (t *trial) socket() string { return filepath.Join(t.path("state"), "admin.sock") }

// end ends the collector as a service manager does. One that does not end is killed.
func (t *trial) end() error {
	t.http.CloseIdleConnections()
	if err := t.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return errors.Join(err, t.cmd.Wait())
	}
	late := time.AfterFunc(15*time.Second, func() { _ = t.cmd.Process.Kill() }) // it may have ended just now
	defer late.Stop()
	if err := t.cmd.Wait(); err != nil {
		return fmt.Errorf("end logcap: %w; it said: %s", err, t.said.String())
	}
	return nil
}

func (a *answer) well() bool {
	return a.code == http.StatusOK && a.Status == "ok" && len(a.Problems) == 0
}

// of is the problem whose subject begins so.
func (a *answer) of(subject string) (problem, bool) {
	for _, p := range a.Problems {
		if strings.HasPrefix(p.Subject, subject) {
			return p, a.code == http.StatusServiceUnavailable && a.Status == "degraded"
		}
	}
	return problem{}, false
}

// ask is one look at /health.
func (t *trial) ask() (*answer, error) {
	resp, err := t.http.Get("http://collector/health")
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	a := &answer{code: resp.StatusCode}
	return a, json.NewDecoder(resp.Body).Decode(a)
}

// until asks until is says yes, and says how long that took.
func (t *trial) until(what string, most time.Duration, is func(*answer) bool) (time.Duration, error) {
	began := time.Now()
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		a, err := t.ask()
		took := time.Since(began)
		if err == nil && is(a) {
			return took, nil
		}
		if took > most {
			text, _ := json.Marshal(a)
			return took, errors.Join(fmt.Errorf("after %v not yet: %s; it says %s, and on stderr: %s", most, what, text, t.said.String()), err)
		}
		select {
		case <-tick.C:
		case <-t.ctx.Done():
			return took, t.ctx.Err()
		}
	}
}

// measure makes the fault, waits until it is told, mends it, and waits until all
// is well. The clocks run from before it is made and before it is mended. A bar that is missed is
// an error; how long it took is measured up to three times of what may be.
func (t *trial) measure(make, mend func() error) error {
	// What looks every few seconds has looked just now, or is about to: that must not depend on what came before.
	if err := t.wait(rand.N(anyMoment), nil); err != nil {
		return err
	}
	began := time.Now()
	if err := make(); err != nil {
		return err
	}
	_, err := t.until(fmt.Sprintf("a problem of %q", t.fault.subject), 3*mostTold, func(a *answer) (is bool) {
		t.what, is = a.of(t.fault.subject)
		return is
	})
	t.toldAfter = time.Since(began)
	if err != nil {
		return err
	}
	if err := t.wait(t.hold+rand.N(anyMoment), t.note); err != nil {
		return err
	}
	began = time.Now()
	if err := mend(); err != nil {
		return err
	}
	_, err = t.until("it is well again", t.fault.back+time.Minute, func(a *answer) bool { return a.well() })
	t.againAfter = time.Since(began)
	if t.early {
		err = errors.Join(err, errors.New(`it said "ok" before the fault was over`))
	}
	if limit := min(t.fault.soon+busy, mostTold); t.toldAfter > limit {
		err = errors.Join(err, fmt.Errorf("told after %v, and not within %v", t.toldAfter, limit))
	}
	if t.againAfter > t.fault.back+busy {
		err = errors.Join(err, fmt.Errorf("well again after %v, and not within %v", t.againAfter, t.fault.back))
	}
	return err
}

// wait lets time go by, and looks at /health four times a second if that is wanted.
func (t *trial) wait(d time.Duration, look func(*answer)) error {
	end := time.NewTimer(d)
	defer end.Stop()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-end.C:
			return nil
		case <-t.ctx.Done():
			return t.ctx.Err()
		case <-tick.C:
		}
		if look == nil {
			continue
		}
		a, err := t.ask()
		if err != nil {
			return err
		}
		look(a)
	}
}

// note remembers what is told besides.
func (t *trial) note(a *answer) {
	t.early = t.early || a.well()
	for _, p := range a.Problems {
		if !strings.HasPrefix(p.Subject, t.fault.subject) && !slices.Contains(t.besides, p.Subject) {
			t.besides = append(t.besides, p.Subject)
		}
	}
}

// plain is what was said without the directory of the trial, which is another one each time.
func (t *trial) plain(said string) string { return strings.ReplaceAll(said, t.dir, "DIR") }

// lines writes so many to the log that is collected.
func (t *trial) lines(n int) error {
	if t.log == nil {
		t.log = &faults.Log{Path: t.path("app.log"), Writer: "app"}
		t.atEnd(func() error { t.log.Close(); return nil })
	}
	return t.log.Write(n)
}

// transcript is what a collector says.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *transcript) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *transcript) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
