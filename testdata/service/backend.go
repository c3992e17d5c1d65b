package service

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
)

// Backend serves connections of ln until ln is closed.
type Backend func(ln net.Listener) error

// HTTP makes a Backend of a handler.
func HTTP(h http.Handler) Backend {
	return func(ln net.Listener) error { return http.Serve(ln, h) }
}

type childHello struct {
	Addr string `json:"addr"`
}

// startBackend starts p.Backend where the variant wants it and returns what stops it.
func (s *Service) startBackend(p Program) (stop func(), err error) {
	if p.Backend == nil {
		return func() {}, nil
	}
	if slices.Contains(p.Remote, s.Variant) {
		return s.startChild()
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the backend: %w", err)
	}
	s.Backend = ln.Addr().String()
	served := make(chan struct{})
	go func() {
		defer close(served)
		p.Backend(ln)
	}()
	return func() { ln.Close(); <-served }, nil
}

// startChild runs this program again with -child. The child ends when its standard input does, so it never outlives a killed parent.
func (s *Service) startChild() (stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the backend: %w", err)
	}
	cmd := exec.Command(self, "-child")
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the backend: %w", err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the backend: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the backend: %w", err)
	}
	stop = func() { stdin.Close(); cmd.Wait() }
	var hello childHello
	if err := json.NewDecoder(stdout).Decode(&hello); err != nil {
		stop()
		return nil, fmt.Errorf("read the backend's address: %w", err)
	}
	s.Backend = hello.Addr
	return stop, nil
}

// serveChild is the child's whole life.
func serveChild(b Backend) error {
	if b == nil {
		return errors.New("-child: this program has no backend")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for the backend: %w", err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(childHello{ln.Addr().String()}); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- b(ln) }()
	io.Copy(io.Discard, os.Stdin)
	ln.Close()
	<-ended
	return nil
}
