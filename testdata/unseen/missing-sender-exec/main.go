// Command missing-sender-exec runs commands in a sandbox for whoever asks.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-sender-exec/shim"
)

func main() { service.Main(service.Program{Run: run}) }

// client is the manager of containers that uses the shim.
type client struct {
	shim   *shim.Service
	tasks  sync.WaitGroup
	exited atomic.Int64
	failed atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	c := &client{shim: shim.New(shim.Local{"/bin/sh": true, "/bin/ps": true})}
	defer c.tasks.Wait()
	return s.Load(ctx, func(r service.Request) {
		command := shim.Command{Path: "/bin/sh", Runtime: r.Work / 2}
		if r.Leaks {
			command.Path = "/usr/bin/sh"
		}
		c.tasks.Go(func() { c.exec(fmt.Sprintf("exec-%d", r.ID), command) })
	})
}

// exec runs one command. It waits from before the start on, so as to miss no exit.
func (c *client) exec(id string, command shim.Command) {
	c.shim.Create(id, command)
	defer c.shim.Delete(id)
	status := c.subscribe(id)
	if err := c.shim.Start(id); err != nil {
		c.failed.Add(1)
		return
	}
	<-status
}

// subscribe tells of the end of a process.
func (c *client) subscribe(id string) <-chan int {
	status := make(chan int, 1)
	subscribed := make(chan struct{})
	go func() { // leak:func
		close(subscribed)
		code, err := c.shim.Wait(id)
		if err != nil {
			code = -1
		}
		c.exited.Add(1)
		status <- code
	}()
	<-subscribed
	return status
}
