// Command stuck-io-relay joins a relay for each device that cannot be reached directly, and waits there for an invitation.
package main

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/stuck-io-relay/protocol"
	"logcap.test/programs/unseen/stuck-io-relay/relay"
)

func main() {
	service.Main(service.Program{Run: run, Backend: serveRelay, Remote: []string{""}})
}

// roster counts how the devices fared.
type roster struct {
	mu      sync.Mutex
	invited map[string]int
	lost    int
}

func run(ctx context.Context, s *service.Service) error {
	rs := &roster{invited: map[string]int{}}
	var joins sync.WaitGroup
	defer joins.Wait()
	return s.Load(ctx, func(r service.Request) {
		key := protocol.Message{Kind: protocol.Join, Wait: r.Work}
		if r.Leaks {
			key.Wait = 0
		}
		joins.Add(1)
		rs.join(ctx, relay.Client{Addr: s.Backend, Idle: r.Work + 300*time.Millisecond}, key, joins.Done)
	})
}

// join waits for the invitation of one device.
func (rs *roster) join(ctx context.Context, client relay.Client, key protocol.Message, done func()) {
	go func() {
		defer done()
		from, err := client.Await(ctx, key)
		rs.mu.Lock()
		defer rs.mu.Unlock()
		if err != nil {
			rs.lost++
			return
		}
		rs.invited[from]++
	}()
}

// serveRelay is the other end. It pings whoever joins, and invites after the time asked for; without one it has nothing more to say.
func serveRelay(ln net.Listener) error {
	for {
		conn, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			joined, err := protocol.Read(conn)
			if err != nil || protocol.Write(conn, protocol.Message{Kind: protocol.Ping}) != nil {
				return
			}
			if joined.Wait > 0 {
				time.Sleep(joined.Wait)
				protocol.Write(conn, protocol.Message{Kind: protocol.Invitation, From: "peer"})
				return
			}
			io.Copy(io.Discard, conn)
		}()
	}
}
