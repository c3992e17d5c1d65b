//go:build linux && (amd64 || arm64)

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/internal/agree"
)

// target is a running process that answers commands.
type target struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	reader *procmem.Reader
}

// startTarget runs the binary and opens its memory.
func startTarget(ctx context.Context, bin string, args ...string) (*target, error) {
	t := &target{cmd: exec.CommandContext(ctx, bin, args...)}
	// From Go 1.26 on the dump names labels when it is told to.
	t.cmd.Env = append(os.Environ(), "GODEBUG=tracebacklabels=1")
	t.cmd.Stderr = &t.stderr
	var err error
	if t.in, err = t.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	t.out = bufio.NewReader(out)
	if err := t.cmd.Start(); err != nil {
		return nil, err
	}
	if line, err := t.out.ReadString('\n'); err != nil || line != "ready\n" {
		return nil, errors.Join(fmt.Errorf("the target said %q: %w", line, err), t.stop())
	}
	if t.reader, err = procmem.OpenPID(t.cmd.Process.Pid); err != nil {
		return nil, errors.Join(err, t.stop())
	}
	return t, nil
}

// stop ends it by closing its input.
func (t *target) stop() error {
	var closed error
	if t.reader != nil {
		closed = t.reader.Close()
	}
	err := errors.Join(t.in.Close(), t.cmd.Wait(), closed)
	if err != nil {
		err = fmt.Errorf("end the target: %w: %s", err, t.stderr.String())
	}
	return err
}

func (t *target) send(command string) error {
	_, err := fmt.Fprintln(t.in, command)
	return err
}

// answer reads what the target answers.
func (t *target) answer() ([]byte, error) {
	var n int
	line, err := t.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("read the target's answer: %w", err)
	}
	if _, err := fmt.Sscanf(line, "%d\n", &n); err != nil {
		return nil, fmt.Errorf("the target said %q: %w", strings.TrimSpace(line), err)
	}
	text := make([]byte, n)
	_, err = io.ReadFull(t.out, text)
	return text, err
}

func (t *target) ask(command string) ([]byte, error) {
	if err := t.send(command); err != nil {
		return nil, err
	}
	return t.answer()
}

// dump is what the process says of itself.
func (t *target) dump() (map[uint64]agree.Row, error) {
	text, err := t.ask("dump")
	if err != nil {
		return nil, err
	}
	return dumpRows(text)
}

func dumpRows(text []byte) (map[uint64]agree.Row, error) {
	s, err := goroutine.ReadDump(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if s.Truncated || len(s.Warnings) > 0 {
		return nil, fmt.Errorf("the dump cannot be read: %v", s.Warnings)
	}
	return agree.Rows(s), nil
}

// proto is the goroutine profile, the one form that names labels in all versions.
func (t *target) proto() (*goroutine.Snapshot, error) {
	text, err := t.ask("proto")
	if err != nil {
		return nil, err
	}
	return goroutine.Read(bytes.NewReader(text), goroutine.Options{})
}

// freeze has the process stop in the instant of a dump, gives what its memory
// says then, and lets it go on.
func (t *target) freeze() (memory, dump map[uint64]agree.Row, err error) {
	if err := t.send("freeze"); err != nil {
		return nil, nil, err
	}
	var status unix.WaitStatus
	if _, err := unix.Wait4(t.cmd.Process.Pid, &status, unix.WUNTRACED, nil); err != nil || !status.Stopped() {
		return nil, nil, fmt.Errorf("wait for the target to stop: status %#x: %w", status, err)
	}
	memory, err = t.memory()
	if err := errors.Join(err, unix.Kill(t.cmd.Process.Pid, unix.SIGCONT)); err != nil {
		return nil, nil, err
	}
	text, err := t.answer()
	if err != nil {
		return nil, nil, err
	}
	dump, err = dumpRows(text)
	return memory, dump, err
}

// memory is what its memory says.
func (t *target) memory() (map[uint64]agree.Row, error) {
	s, _, err := t.reader.Snapshot(procmem.Options{AllStacks: true})
	if err != nil {
		return nil, err
	}
	if s.Failed > 0 {
		return nil, fmt.Errorf("%d of %d goroutines could not be read", s.Failed, s.Total)
	}
	return agree.Rows(s), nil
}
