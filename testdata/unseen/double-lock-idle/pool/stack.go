package pool

import (
	"slices"
	"sync"
	"time"
)

// entry is a connection that nobody uses.
type entry[C Conn] struct {
	conn C
	idle time.Time
}

// stack holds unused connections, the freshest on top.
type stack[C Conn] struct {
	mu      sync.Mutex
	entries []entry[C]
}

func (s *stack[C]) push(c C) {
	s.mu.Lock() // cause
	defer s.mu.Unlock()
	s.entries = append(s.entries, entry[C]{conn: c, idle: time.Now()})
}

func (s *stack[C]) pop() (c C, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.entries) == 0 {
		return c, false
	}
	top := s.entries[len(s.entries)-1]
	s.entries = s.entries[:len(s.entries)-1]
	return top.conn, true
}

// sweep removes the entries that drop says yes to.
func (s *stack[C]) sweep(drop func(entry[C]) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = slices.DeleteFunc(s.entries, drop) // cause
}

func (s *stack[C]) size() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.entries)
}
