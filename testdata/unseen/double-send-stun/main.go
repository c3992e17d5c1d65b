// Command double-send-stun finds out for many peers what kind of network they are in.
package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/double-send-stun/stun"
)

func main() { service.Main(service.Program{Run: run}) }

type discovery struct {
	client  stun.Client
	peers   sync.WaitGroup
	open    atomic.Int64
	blocked atomic.Int64
	unclear atomic.Int64
}

func run(ctx context.Context, s *service.Service) (err error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	d := &discovery{client: stun.Client{Server: conn.LocalAddr().String(), Timeout: 1200 * time.Millisecond}}
	served := make(chan error, 1)
	go func() { served <- stun.Serve(conn) }()
	err = s.Load(ctx, func(r service.Request) { d.peers.Go(func() { d.discover(r) }) })
	d.peers.Wait()
	return errors.Join(err, conn.Close(), <-served)
}

// discover asks, and once more if there was an answer that was not understood.
func (d *discovery) discover(r service.Request) {
	q := stun.Packet{Kind: stun.Binding, ID: uint32(r.ID), Work: uint16(r.Work / (5 * time.Millisecond))}
	if r.Leaks {
		q.Work = 0
	}
	for range 2 {
		_, err := d.client.Ask(q)
		var timeout net.Error
		switch {
		case err == nil:
			d.open.Add(1)
			return
		case errors.As(err, &timeout) && timeout.Timeout():
			d.blocked.Add(1)
			return
		}
		d.unclear.Add(1)
	}
}
