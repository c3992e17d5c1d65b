// Package wire speaks the devices' protocol: a line there, a line back.
package wire

import (
	"bufio"
	"fmt"
	"net"
	"strings"
)

// Conn is a connection to one device.
type Conn struct {
	conn net.Conn
	in   *bufio.Reader
}

// Dial connects to the device at addr.
func Dial(addr string) (*Conn, error) {
	conn, err := net.Dial("tcp", addr) // cause:func
	if err != nil {
		return nil, fmt.Errorf("connect to the device: %w", err)
	}
	return &Conn{conn: conn, in: bufio.NewReader(conn)}, nil
}

// Ask sends a command and returns what the device says.
func (c *Conn) Ask(command string) (string, error) {
	if _, err := fmt.Fprintln(c.conn, command); err != nil {
		return "", fmt.Errorf("ask the device: %w", err)
	}
	line, err := c.in.ReadString('\n') // cause:func
	if err != nil {
		return "", fmt.Errorf("hear the device: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// Close hangs up.
func (c *Conn) Close() error { return c.conn.Close() }
