// Command channel-under-lock-monitor watches agents: one that sends no keepalive in time is marked as failed.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/channel-under-lock-monitor/monitor"
)

func main() { service.Main(service.Program{Run: run}) }

// backend holds the sessions of all agents.
type backend struct {
	directory directory

	mu     sync.Mutex
	failed map[string]int
	passed map[string]int
}

// directory has the entities; some are looked up slowly.
type directory map[string]time.Duration

// Check says whether an agent may go on.
func (d directory) Check(agent string) error {
	time.Sleep(d[agent])
	return nil
}

func run(ctx context.Context, s *service.Service) error {
	b := &backend{directory: directory{"remote": 300 * time.Millisecond}, failed: map[string]int{}, passed: map[string]int{}}
	return s.Load(ctx, func(r service.Request) {
		agent := session{name: fmt.Sprintf("agent-%d", r.ID%7), timeout: 250 * time.Millisecond, beats: 1 + r.ID%3}
		if r.Leaks {
			agent.name = "remote"
		}
		b.accept(ctx, agent)
	})
}

// session is one connection of an agent.
type session struct {
	name    string
	timeout time.Duration
	beats   int
}

func (b *backend) accept(ctx context.Context, agent session) {
	m := monitor.New(agent.name, agent.timeout, b.directory, b)
	go b.keepalive(ctx, m, agent) // leak:func
}

// keepalive handles what the agent sends until it goes silent.
func (b *backend) keepalive(ctx context.Context, m *monitor.Monitor, agent session) {
	defer m.Stop()
	for range agent.beats {
		select {
		case <-time.After(agent.timeout / 5):
		case <-ctx.Done():
			return
		}
		if err := m.Reset(agent.timeout); err != nil {
			return
		}
		b.Passed(agent.name)
	}
}

// Passed counts a keepalive.
func (b *backend) Passed(agent string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passed[agent]++
}

// Failed counts an agent that was silent.
func (b *backend) Failed(agent string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failed[agent]++
}
