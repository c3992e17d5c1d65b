// Command missing-receiver-migrate migrates data stores to a new version: it runs the old server, copies, and stops the server.
package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-receiver-migrate/runner"
)

func main() { service.Main(service.Program{Run: run}) }

const grace = 400 * time.Millisecond

var errKilled = errors.New("signal: killed")

// server is an old version of the store.
type server struct {
	polite bool // ends when asked to
	term   chan struct{}
	kill   chan struct{}
}

func newServer(polite bool) *server {
	return &server{polite: polite, term: make(chan struct{}), kill: make(chan struct{})}
}

func (s *server) Terminate() { close(s.term) }
func (s *server) Kill()      { close(s.kill) }

func (s *server) Wait() error {
	if s.polite {
		<-s.term
		time.Sleep(20 * time.Millisecond)
		return nil
	}
	<-s.kill
	return errKilled
}

type migrator struct {
	stores sync.WaitGroup
	clean  atomic.Int64
	forced atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	m := &migrator{}
	defer m.stores.Wait()
	return s.Load(ctx, func(r service.Request) {
		m.stores.Add(1)
		go m.migrate(newServer(r.Leaks), r.Work/4)
	})
}

func (m *migrator) migrate(old *server, size time.Duration) {
	defer m.stores.Done()
	run := runner.New(grace)
	if err := run.Start(old); err != nil {
		return
	}
	time.Sleep(size)
	if err := run.Stop(); errors.Is(err, errKilled) {
		m.forced.Add(1)
		return
	}
	m.clean.Add(1)
}
