package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// usage is the CPU time that the two processes of a watch took.
type usage struct {
	logcap, service time.Duration
}

// watcher runs cases and keeps what they bring in folders below keep.
type watcher struct {
	binaries
	keep     string
	duration time.Duration
	interval time.Duration
}

// seconds is how long a case is watched.
func (w watcher) seconds(c testCase) time.Duration {
	if c.long() {
		return 2 * w.duration
	}
	return w.duration
}

// watch starts the program of c, has logcap watch it and stops it. What is kept is told by kept.
func (w watcher) watch(ctx context.Context, c testCase) (u usage, err error) {
	dir := filepath.Join(w.keep, c.name())
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return u, err
	}
	// A watch that hangs is a failure of its case and must not hold up the others.
	ctx, cancel := context.WithTimeout(ctx, 2*w.seconds(c)+2*time.Minute)
	defer cancel()

	service := command(ctx, w.program(c), "-seed", strconv.FormatUint(c.Seed, 10), "-style", c.Style,
		"-noise="+strconv.FormatBool(c.Noise), "-duration", (2*w.seconds(c) + 2*time.Minute).String())
	stdout, err := service.StdoutPipe()
	if err != nil {
		return u, err
	}
	complaints, err := os.Create(filepath.Join(dir, "service.log"))
	if err != nil {
		return u, err
	}
	defer complaints.Close()
	service.Stderr = complaints
	if err := service.Start(); err != nil {
		return u, fmt.Errorf("start %s: %w", c.Program, err)
	}
	defer func() {
		service.Process.Signal(syscall.SIGTERM)
		io.Copy(io.Discard, stdout)
		ended := service.Wait()
		u.service = cpu(service)
		if ended != nil && err == nil {
			err = fmt.Errorf("%s did not end well: %w", c.Program, ended)
		}
	}()
	var h hello
	if err := json.NewDecoder(stdout).Decode(&h); err != nil {
		return u, fmt.Errorf("read the first line of %s: %w", c.Program, err)
	}
	if err := write(filepath.Join(dir, "case.json"), about{Case: c, Hello: h, Seconds: w.seconds(c).Seconds(), Interval: w.interval.Seconds()}); err != nil {
		return u, err
	}
	u.logcap, err = w.leakWatch(ctx, c, h.Addr, dir)
	return u, err
}

// leakWatch runs logcap and returns its CPU time.
func (w watcher) leakWatch(ctx context.Context, c testCase, addr, dir string) (time.Duration, error) {
	logcap := command(ctx, w.logcap, "leak-watch", addr, "--no-source", "--duration", w.seconds(c).String(), "--interval", w.interval.String(),
		"-o", "json="+filepath.Join(dir, "report.json"), "--record", filepath.Join(dir, "recording"))
	said, err := os.Create(filepath.Join(dir, "logcap.log"))
	if err != nil {
		return 0, err
	}
	defer said.Close()
	logcap.Stderr = said
	logcap.Stdout = said
	if err := logcap.Run(); err != nil {
		return cpu(logcap), fmt.Errorf("leak-watch: %w: %s", err, lastLine(said.Name()))
	}
	return cpu(logcap), nil
}

// command is a process that is asked to end with ctx and killed if it does not.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

func cpu(cmd *exec.Cmd) time.Duration {
	if cmd.ProcessState == nil {
		return 0
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}
