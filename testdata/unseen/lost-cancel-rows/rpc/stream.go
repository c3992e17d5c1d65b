// Package rpc has streams of answers from a server.
package rpc

import (
	"context"
	"io"
	"sync"
	"time"
)

// Method is what a stream was opened for.
type Method struct {
	Name    string
	Answers int
	Pace    time.Duration
}

// Stream is the answers to one request.
type Stream struct {
	method Method
	sent   int

	mu  sync.Mutex
	err error
}

// Open asks for answers. The stream is reset once ctx has ended.
func Open(ctx context.Context, m Method) *Stream {
	s := &Stream{method: m}
	go s.resetAfter(ctx) // leak:func
	return s
}

func (s *Stream) resetAfter(ctx context.Context) {
	<-ctx.Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil {
		s.err = ctx.Err()
	}
}

// Recv waits for the next answer. After the last one it returns io.EOF.
func (s *Stream) Recv() (int, error) {
	time.Sleep(s.method.Pace)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil && s.sent == s.method.Answers {
		s.err = io.EOF
	}
	if s.err != nil {
		return 0, s.err
	}
	s.sent++
	return s.sent, nil
}
