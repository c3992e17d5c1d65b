// Package stun asks a server how this host looks from outside.
package stun

import (
	"fmt"
	"net"
	"time"
)

// Client asks one server.
type Client struct {
	Server  string
	Timeout time.Duration
}

// answer is a packet, or why there is none.
type answer struct {
	Packet
	err error
}

// Ask sends q and returns the answer to it.
func (c *Client) Ask(q Packet) (Packet, error) {
	conn, err := net.Dial("udp", c.Server)
	if err != nil {
		return Packet{}, err
	}
	defer conn.Close()
	answers := make(chan answer)
	go c.listen(conn, answers) // leak:func
	if _, err := conn.Write(q.encode()); err != nil {
		return Packet{}, err
	}
	a := <-answers
	if a.err == nil && a.ID != q.ID {
		return Packet{}, fmt.Errorf("answer to %d, not to %d", a.ID, q.ID)
	}
	return a.Packet, a.err
}

// listen waits for one packet.
func (c *Client) listen(conn net.Conn, answers chan<- answer) {
	buf := make([]byte, 1500)
	conn.SetReadDeadline(time.Now().Add(c.Timeout))
	n, err := conn.Read(buf)
	if err != nil {
		answers <- answer{err: fmt.Errorf("wait for %s: %w", c.Server, err)} // cause
	}
	p, err := decode(buf[:n])
	if err != nil {
		answers <- answer{err: err}
		return
	}
	answers <- answer{Packet: p}
}
