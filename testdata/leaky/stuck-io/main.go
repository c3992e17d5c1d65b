// Command stuck-io asks devices for their state over TCP, without a deadline. A device that accepts and never answers keeps the
// goroutine that reads from it.
//
// In the local variant the devices are in the same process, so that the other ends of the connections are seen as well.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"logcap.test/programs/service"
)

func main() {
	service.Main(service.Program{Run: run, Variants: []string{"remote", "local"}, Remote: []string{"remote"}, Backend: devices})
}

// devices answers "state N" after N milliseconds, and anything else never.
func devices(ln net.Listener) error {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go answer(conn) // peer
	}
}

func answer(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		millis, ok := strings.CutPrefix(lines.Text(), "state ")
		if !ok {
			continue
		}
		if d, err := time.ParseDuration(millis + "ms"); err == nil {
			time.Sleep(d)
			fmt.Fprintln(conn, "on")
		}
	}
}

type monitor struct {
	addr    string
	polls   errgroup.Group
	mu      sync.Mutex
	answers int
}

// device is one thing to ask.
type device struct {
	m       *monitor
	command string
}

func run(ctx context.Context, s *service.Service) error {
	m := &monitor{addr: s.Backend}
	poll := service.Pick(s.Style, m.pollInline, m.pollMethod, m.pollGroup)
	return s.Load(ctx, func(r service.Request) {
		command := fmt.Sprintf("state %d", r.Work.Milliseconds())
		if r.Leaks {
			command = "hello" // the device does not know it and stays silent
		}
		poll(&device{m, command})
	})
}

func (m *monitor) count() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers++
}

// poll sends the command and reads one line.
func (d *device) poll() error {
	conn, err := net.Dial("tcp", d.m.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintln(conn, d.command); err != nil {
		return err
	}
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		return err
	}
	d.m.count()
	return nil
}

func (m *monitor) pollInline(d *device) {
	go func() { // leak:func
		conn, err := net.Dial("tcp", m.addr)
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprintln(conn, d.command)
		if _, err := bufio.NewReader(conn).ReadString('\n'); err == nil {
			m.count()
		}
	}()
}

func (m *monitor) pollMethod(d *device) {
	go d.poll() // leak:method
}

func (m *monitor) pollGroup(d *device) {
	m.polls.Go(d.poll) // leak:wg
}
