// Package relay is a relay's client.
package relay

import (
	"context"
	"errors"
	"net"
	"time"

	"logcap.test/programs/unseen/stuck-io-relay/protocol"
)

// ErrIdle says that the relay was silent for too long.
var ErrIdle = errors.New("the relay is silent")

// Client joins one relay.
type Client struct {
	Addr string
	// Idle is how long the relay may be silent.
	Idle time.Duration
}

// incoming is what the relay said, or why it says no more.
type incoming struct {
	message protocol.Message
	err     error
}

// Await joins the relay and returns who invites.
func (c Client) Await(ctx context.Context, key protocol.Message) (string, error) {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Addr) // cause
	if err != nil {
		return "", err
	}
	if err := protocol.Write(conn, key); err != nil {
		conn.Close()
		return "", err
	}
	messages := make(chan incoming, 4)
	go receive(conn, messages) // leak:func
	return c.converse(ctx, conn, messages)
}

// converse answers the relay until it invites.
func (c Client) converse(ctx context.Context, conn net.Conn, messages <-chan incoming) (string, error) {
	idle := time.NewTimer(c.Idle)
	defer idle.Stop()
	for {
		select {
		case <-ctx.Done():
			conn.Close()
			return "", ctx.Err()
		case <-idle.C:
			return "", ErrIdle
		case in := <-messages:
			switch {
			case in.err != nil:
				conn.Close()
				return "", in.err
			case in.message.Kind == protocol.Invitation:
				return in.message.From, conn.Close()
			case in.message.Kind == protocol.Ping:
				if err := protocol.Write(conn, protocol.Message{Kind: protocol.Pong}); err != nil {
					conn.Close()
					return "", err
				}
			}
			idle.Reset(c.Idle)
		}
	}
}

// receive reads until the connection ends.
func receive(conn net.Conn, messages chan<- incoming) {
	for {
		m, err := protocol.Read(conn)
		messages <- incoming{m, err}
		if err != nil {
			return
		}
	}
}
