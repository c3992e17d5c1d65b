//go:build linux

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/logcap/logcap/analyze/procmem"
)

// bound is how long one reading may take, the end of the process included.
const bound = 5 * time.Second

// trial is one process, read until it has ended.
type trial struct {
	rand   *rand.Rand
	fate   fate
	target string

	table     *table
	whole     int // readings that gave a table
	atOpening bool
	end       error         // what the reading said in which it ended
	slowest   time.Duration // reading
	wrong     []string
}

func (t *trial) run() (err error) {
	cmd := t.fate.command(t.target)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	reaped := make(chan struct{})
	defer func() {
		// What it has become has no other end, and how it ends is no matter.
		err = errors.Join(err, ignoreDone(cmd.Process.Kill()))
		<-reaped // which closes the pipes
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() {
		defer close(reaped)
		_ = cmd.Wait() // which tells how it ended; that was asked for
	}()
	if err != nil || line != "ready\n" {
		return fmt.Errorf("the target said %q: %w", line, err)
	}
	t.read(cmd, in)
	return nil
}

func ignoreDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// read opens the process and reads it until that fails. The moment comes within
// the opening, or within one of the first readings.
func (t *trial) read(cmd *exec.Cmd, in io.Writer) {
	var striker sync.WaitGroup
	defer striker.Wait()
	strike := func(within time.Duration) {
		after := time.Duration(t.rand.Int64N(int64(within)))
		striker.Go(func() { spin(after); t.strike(cmd, in) })
	}
	t.atOpening = t.rand.IntN(5) == 0
	if t.atOpening {
		strike(4 * time.Millisecond)
	}
	var r *procmem.Reader
	t.timed("open", func() (err error) { r, err = procmem.OpenPID(cmd.Process.Pid); return err })
	if t.end != nil {
		return
	}
	defer r.Close()
	t.table = newTable(r)
	for n := 0; ; n++ {
		if n == 1 && !t.atOpening {
			strike(2 * time.Millisecond)
		}
		t.timed("read", t.table.readings()[t.rand.IntN(3)])
		if t.end != nil || len(t.wrong) > 0 {
			return
		}
		t.whole++
	}
}

// strike brings the process's end about.
func (t *trial) strike(cmd *exec.Cmd, in io.Writer) {
	if t.fate.kill {
		_ = cmd.Process.Kill() // it cannot have ended by itself
		return
	}
	_, _ = in.Write([]byte{1}) // a target that has ended shows in what is read
}

// spin waits more exactly than a timer does.
func spin(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

// timed does one reading, and notes how it ended and what was wrong with it.
func (t *trial) timed(what string, reading func() error) {
	start := time.Now()
	hung := time.AfterFunc(2*bound, func() { panic(fmt.Sprintf("chaos: a process that %s: %s hangs", t.fate.name, what)) })
	err := reading()
	hung.Stop()
	took := time.Since(start)
	t.slowest = max(t.slowest, took)
	if took > bound {
		t.wrong = append(t.wrong, fmt.Sprintf("%s took %v", what, took))
	}
	var bad *wrongTable
	switch {
	case err == nil:
	case errors.As(err, &bad):
		t.wrong = append(t.wrong, bad.Error())
	case errors.Is(err, t.fate.want), t.atOpening && what == "open" && t.fate.begun != "" && strings.Contains(err.Error(), t.fate.begun):
		t.end = err
	default:
		t.end = err
		t.wrong = append(t.wrong, fmt.Sprintf("%s said: %v", what, err))
	}
}
