// Package monitor keeps an eye on devices.
package monitor

import (
	"bufio"
	"io"
	"net"
	"sync"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/leaky/stuck-io/wire"
)

// Monitor counts the states of devices.
type Monitor struct {
	addr  string
	polls errgroup.Group

	mu     sync.Mutex
	states map[string]int
}

// New returns a monitor of the devices at addr.
func New(addr string) *Monitor {
	return &Monitor{addr: addr, states: map[string]int{}}
}

func (m *Monitor) count(state string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.states[state]++
}

// Poll asks a device.
func (m *Monitor) Poll(command string) {
	go func() { // leak:func
		c, err := wire.Dial(m.addr)
		if err != nil {
			m.count(err.Error())
			return
		}
		defer c.Close()
		if state, err := c.Ask(command); err == nil {
			m.count(state)
		}
	}()
}

// dialer opens the way to a device.
type dialer interface {
	Dial(network, addr string) (net.Conn, error)
}

// sensor is a device that measures.
type sensor struct {
	monitor *Monitor
	dialer  dialer
	command string
}

// PollSensor asks a sensor.
func (m *Monitor) PollSensor(command string) {
	s := &sensor{m, &net.Dialer{}, command}
	go s.poll() // leak:method
}

func (s *sensor) poll() {
	conn, err := s.dialer.Dial("tcp", s.monitor.addr) // cause:method
	if err != nil {
		return
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, s.command+"\r\n"); err != nil {
		return
	}
	s.read(bufio.NewScanner(conn))
}

// read counts one answer.
func (s *sensor) read(lines *bufio.Scanner) {
	if lines.Scan() { // cause:method
		s.monitor.count(lines.Text())
	}
}

// PollSwitch asks a switch.
func (m *Monitor) PollSwitch(command string) {
	m.polls.Go(func() error { // leak:wg
		conn, err := net.Dial("tcp", m.addr) // cause:wg
		if err != nil {
			return err
		}
		defer conn.Close()
		state, err := wire.Exchange(conn, command)
		if err != nil {
			return err
		}
		m.count(string(state[:2]))
		return nil
	})
}
