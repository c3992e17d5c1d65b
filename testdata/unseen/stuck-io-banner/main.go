// Command stuck-io-banner asks the hosts of an inventory what runs on their ports.
package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/stuck-io-banner/probe"
)

func main() {
	service.Main(service.Program{Run: run, Backend: serveHosts, Remote: []string{""}})
}

func run(ctx context.Context, s *service.Service) error {
	var scans sync.WaitGroup
	defer scans.Wait()
	found := newInventory()
	return s.Load(ctx, func(r service.Request) {
		target := probe.Target{Addr: s.Backend, Delay: r.Work, Timeout: r.Work + 300*time.Millisecond, Rounds: 1 + r.ID%2}
		if r.Leaks {
			target.Delay = 0
		}
		scans.Add(1)
		go found.scan(ctx, target, &scans)
	})
}

// inventory counts the answers.
type inventory struct {
	mu      sync.Mutex
	banners map[string]int
	silent  int
}

func newInventory() *inventory { return &inventory{banners: map[string]int{}} }

func (in *inventory) scan(ctx context.Context, target probe.Target, scans *sync.WaitGroup) {
	defer scans.Done()
	banner, err := probe.Banner(ctx, target)
	in.mu.Lock()
	defer in.mu.Unlock()
	if errors.Is(err, context.DeadlineExceeded) {
		in.silent++
		return
	}
	in.banners[banner]++
}

// serveHosts is the other end: every connection is another host. It answers after the asked time, or does not.
func serveHosts(ln net.Listener) error {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return nil
		}
		go answer(conn)
	}
}

func answer(conn net.Conn) {
	defer conn.Close()
	for {
		delay, err := probe.ReadHello(conn)
		if err != nil {
			return
		}
		if delay == 0 {
			continue
		}
		time.Sleep(delay)
		if _, err := conn.Write([]byte("SSH-2.0-Test_9.9")); err != nil {
			return
		}
	}
}
