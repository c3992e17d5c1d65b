// Package chat is a server of long connections: one goroutine a connection reads
// what the client says, another writes the answers.
package chat

import (
	"bufio"
	"context"
	"net"
	"sync"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

type server struct {
	style service.Style
	wg    sync.WaitGroup
}

// Run serves crowd on a port of its own until ctx ends and everybody is gone.
func Run(ctx context.Context, style service.Style, crowd *load.Crowd) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &server{style: style}
	defer s.wg.Wait()
	defer ln.Close()
	s.wg.Go(func() { s.accept(ctx, ln) })
	crowd.Addr = ln.Addr().String()
	return crowd.Run(ctx)
}

func (s *server) accept(ctx context.Context, ln net.Listener) {
	for {
		conn, err := ln.Accept()
		if err != nil {
			return
		}
		s.start(ctx, conn)
	}
}

func (s *server) start(ctx context.Context, conn net.Conn) {
	switch s.style {
	case service.Method:
		s.wg.Add(1)
		go s.sessionAndTell(ctx, conn)
	case service.WG:
		s.wg.Go(func() { s.session(ctx, conn) })
	default:
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			s.session(ctx, conn)
		}()
	}
}

func (s *server) sessionAndTell(ctx context.Context, conn net.Conn) {
	defer s.wg.Done()
	s.session(ctx, conn)
}

// session reads until the client leaves or ctx ends.
func (s *server) session(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	defer conn.Close()
	answers := make(chan string)
	s.wg.Go(func() { write(ctx, conn, answers) })
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		select {
		case answers <- lines.Text() + "\n":
		case <-ctx.Done():
		}
	}
}

func write(ctx context.Context, conn net.Conn, answers <-chan string) {
	for {
		select {
		case answer := <-answers:
			if _, err := conn.Write([]byte(answer)); err != nil {
				conn.Close()
				return
			}
		case <-ctx.Done():
			return
		}
	}
}
