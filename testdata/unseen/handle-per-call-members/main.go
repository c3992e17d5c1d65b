// Command handle-per-call-members stresses a cluster: it asks the members for their health and compacts their logs.
package main

import (
	"context"
	"errors"
	"net"
	"net/rpc"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/handle-per-call-members/cluster"
)

func main() {
	service.Main(service.Program{Run: run, Backend: serveMembers, Remote: []string{""}})
}

// stress is one action on a member.
type stress func(m *cluster.Member, pause time.Duration) error

type tester struct {
	members []*cluster.Member
	rounds  errgroup.Group
	mu      sync.Mutex
	failed  []error
}

func run(ctx context.Context, s *service.Service) error {
	t := &tester{members: []*cluster.Member{{Name: "m1", Addr: s.Backend}, {Name: "m2", Addr: s.Backend}, {Name: "m3", Addr: s.Backend}}}
	return s.Load(ctx, func(r service.Request) {
		action := health
		if r.Leaks {
			action = compact
		}
		t.round(t.members[r.ID%len(t.members)], action, r.Work)
	})
}

func (t *tester) round(m *cluster.Member, action stress, pause time.Duration) {
	t.rounds.Go(func() error {
		err := action(m, pause)
		if err == nil {
			return nil
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.failed = append(t.failed, err)
		return err
	})
}

func health(m *cluster.Member, pause time.Duration) error {
	status, err := m.Status(pause)
	if err == nil && !status.Healthy {
		err = errors.New(m.Name + " is not healthy")
	}
	return err
}

func compact(m *cluster.Member, pause time.Duration) error {
	status, err := m.Status(pause / 4)
	if err != nil {
		return err
	}
	return m.Compact(status.Revision)
}

// serveMembers is the other end.
func serveMembers(ln net.Listener) error {
	server := rpc.NewServer()
	if err := server.RegisterName("KV", new(cluster.KV)); err != nil {
		return err
	}
	for {
		conn, err := ln.Accept()
		if err != nil {
			return nil
		}
		go server.ServeConn(conn)
	}
}
