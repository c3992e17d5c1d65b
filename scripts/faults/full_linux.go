package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// fullDisks are the cases of a disk without room; they need the right to mount.
func fullDisks() []oneCase {
	return []oneCase{
		{"full disk under the file sink", fullDisk(true, "no space left on device")},
		{"full disk under the checkpoint", fullDisk(false, "write checkpoint")},
	}
}

// fullDisk fills the disk of the sink or of the state while lines are written, waits
// until logcap has said so, and makes room.
func fullDisk(underSink bool, says string) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		disk := filepath.Join(dir, "disk")
		if err := os.Mkdir(disk, 0o755); err != nil {
			return r, err
		}
		if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=256m"); err != nil {
			return r, fmt.Errorf("mount a small disk: %w", err)
		}
		defer func() { err = errors.Join(err, syscall.Unmount(disk, 0)) }()
		out, state := outputIn(dir), filepath.Join(disk, "state")
		if underSink {
			out, state = outputIn(disk), filepath.Join(dir, "state")
		}
		l := &faults.Log{Path: filepath.Join(dir, "app.log"), Writer: "app"}
		defer l.Close()
		if err := l.Write(100); err != nil {
			return r, err
		}
		c, err := p.start(l.Path, "--from-start", "--state", state, "--to", out.sink())
		if err != nil {
			return r, err
		}
		defer c.kill()
		out.settle(1500*time.Millisecond, 10*time.Second) // a first checkpoint is there
		ballast := filepath.Join(disk, "ballast")
		if err := os.WriteFile(ballast, make([]byte, 512<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
			return r, fmt.Errorf("the disk did not become full: %v", err)
		}
		if err := l.WriteFor(time.Second, 100_000); err != nil {
			return r, err
		}
		for end := time.Now().Add(20 * time.Second); !strings.Contains(c.said(), says); time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				return r, fmt.Errorf("logcap does not say that the disk is full: %q", c.said())
			}
		}
		if err := l.WriteFor(2*time.Second, 100_000); err != nil {
			return r, err
		}
		if err := os.Remove(ballast); err != nil {
			return r, err
		}
		out.settle(5*time.Second, time.Minute)
		if underSink { // the judge reads it before the disk goes
			defer os.Remove(out.path)
		}
		if _, err := c.end(); err != nil {
			return r, err
		}
		if !strings.Contains(c.said(), "well again") {
			return r, fmt.Errorf("logcap does not say that it is well again: %q", c.said())
		}
		return r.judge(out, l)
	}
}
