package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// child is a logcap that collects, and is asked for its account meanwhile.
type child struct {
	cmd   *exec.Cmd
	err   *stderr
	once  sync.Once
	drain time.Duration // how long it may take to end
	books *books
	tally *tally
}

// stderr is what a child has said, while it goes on.
type stderr struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (s *stderr) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// said is what the child has written to stderr so far.
func (c *child) said() string {
	c.err.mu.Lock()
	defer c.err.mu.Unlock()
	return c.err.b.String()
}

// start runs logcap capture with args.
func (p *plan) start(args ...string) (*child, error) { return p.startWith(nil, args...) }

// startWith runs it with env beside the environment.
func (p *plan) startWith(env []string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(p.bin, append([]string{"capture"}, args...)...), err: &stderr{}, drain: 10 * time.Second, tally: &p.tally}
	socket := ""
	for i, arg := range args[:len(args)-1] {
		switch arg {
		case "--state":
			socket = filepath.Join(args[i+1], "admin.sock")
		case "--drain-timeout":
			c.drain, _ = time.ParseDuration(args[i+1]) // logcap would not start
		}
	}
	c.cmd.Env, c.cmd.Stderr = append(os.Environ(), env...), c.err
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	c.books = open(socket, &p.tally)
	return c, nil
}

// fsck reads the queues of a state directory; an error says that something is damaged, or that there are none.
func (p *plan) fsck(state string) (string, error) {
	if _, err := os.Stat(filepath.Join(state, "queue")); err != nil {
		return "", nil // killed before it had made any
	}
	out, err := exec.Command(p.bin, "capture", "queue", "fsck", "--state", state).CombinedOutput()
	return string(out), err
}

// kill is kill -9. It says whether there was something to kill.
func (c *child) kill() (killed bool) {
	c.once.Do(func() {
		killed = c.cmd.Process.Kill() == nil
		var ended *exec.ExitError
		if err := c.cmd.Wait(); errors.As(err, &ended) {
			status, ok := ended.Sys().(syscall.WaitStatus)
			killed = killed && ok && status.Signal() == syscall.SIGKILL // it had not ended by itself
		}
		c.books.close()
		if killed {
			c.tally.kills++
		}
	})
	return killed
}

// end looks at the account once more and is SIGTERM then; it gives how long the child took. One that takes
// two seconds more than it may is hung: it is ended with its stacks, which are in the error.
func (c *child) end() (took time.Duration, err error) {
	c.once.Do(func() {
		last := c.books.last()
		began := time.Now()
		err = c.cmd.Process.Signal(syscall.SIGTERM)
		ended := make(chan error, 1)
		go func() { ended <- c.cmd.Wait() }()
		late := time.NewTimer(c.drain + 2*time.Second)
		defer late.Stop()
		select {
		case e := <-ended:
			err = errors.Join(err, e)
		case <-late.C:
			c.tally.hung++
			err = errors.Join(err, fmt.Errorf("hung: not ended %v after SIGTERM", c.drain+2*time.Second), c.cmd.Process.Signal(syscall.SIGQUIT))
			kill := time.AfterFunc(5*time.Second, func() { _ = c.cmd.Process.Kill() }) // it may have ended
			err = errors.Join(err, <-ended)
			kill.Stop()
		}
		took = time.Since(began)
		c.books.close()
		c.tally.ended++
		if err != nil {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(c.said()))
		}
		err = errors.Join(err, last)
	})
	return took, err
}

// output is the file that logcap writes, with rotation by none.
type output struct{ path string }

func outputIn(dir string) output { return output{filepath.Join(dir, "out.jsonl")} }

func (o output) sink() string { return "file=" + o.path }

// settle waits until the output has not grown for a while, and for most at most.
func (o output) settle(quiet, most time.Duration) {
	var size int64 = -1
	since, began := time.Now(), time.Now()
	for time.Since(since) < quiet && time.Since(began) < most {
		if info, err := os.Stat(o.path); err == nil && info.Size() != size {
			size, since = info.Size(), time.Now()
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// judge reads the output.
func (o output) judge(written ...*faults.Log) (*faults.Judge, error) {
	j := faults.NewJudge()
	for _, l := range written {
		j.Expect(l.Writer, l.Lines())
	}
	f, err := os.Open(o.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return j, j.ReadLines(f)
}
