//go:build linux && (amd64 || arm64)

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"syscall"
	"time"

	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/internal/agree"
)

// service is a running program of testdata.
type service struct {
	cmd    *exec.Cmd
	stdout io.Reader
	stderr bytes.Buffer
	client *http.Client
	url    string
	reader *procmem.Reader
}

func startService(ctx context.Context, bin string, args ...string) (*service, error) {
	// One connection, which stays: the goroutine that serves it is there before the dump.
	s := &service{cmd: exec.CommandContext(ctx, bin, args...), client: &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}, Timeout: 30 * time.Second}}
	s.cmd.Stderr = &s.stderr
	s.cmd.WaitDelay = 10 * time.Second
	var err error
	if s.stdout, err = s.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	var hello struct {
		Addr string
		PID  int
	}
	if err := json.NewDecoder(s.stdout).Decode(&hello); err != nil {
		return nil, errors.Join(fmt.Errorf("read its first line: %w", err), s.stop())
	}
	s.url = "http://" + hello.Addr + "/debug/pprof/goroutine?debug=2"
	if s.reader, err = procmem.OpenPID(hello.PID); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func (s *service) stop() error {
	s.client.CloseIdleConnections()
	var closed error
	if s.reader != nil {
		closed = s.reader.Close()
	}
	signalled := s.cmd.Process.Signal(syscall.SIGTERM)
	io.Copy(io.Discard, s.stdout)
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("end the program: %w: %s", err, s.stderr.String())
	}
	return errors.Join(signalled, closed)
}

func (s *service) dump(ctx context.Context) (map[uint64]agree.Row, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return dumpRows(text)
}

func (s *service) memory() (map[uint64]agree.Row, error) {
	snapshot, _, err := s.reader.Snapshot(procmem.Options{AllStacks: true})
	if err != nil {
		return nil, err
	}
	return agree.Rows(snapshot), nil
}
