// Command stuck-io asks devices for their state over TCP, without a deadline. A device that accepts and never answers keeps the
// goroutine that reads from it.
//
// In the local variant the devices are in the same process, so that the other ends of the connections are seen as well.
package main

import (
	"context"
	"fmt"

	"logcap.test/programs/leaky/stuck-io/device"
	"logcap.test/programs/leaky/stuck-io/monitor"
	"logcap.test/programs/service"
)

func main() {
	service.Main(service.Program{Run: run, Variants: []string{"remote", "local"}, Remote: []string{"remote"}, Backend: device.Serve})
}

func run(ctx context.Context, s *service.Service) error {
	m := monitor.New(s.Backend)
	poll := service.Pick(s.Style, m.Poll, m.PollSensor, m.PollSwitch)
	return s.Load(ctx, func(r service.Request) {
		command := fmt.Sprintf("state %d", r.Work.Milliseconds())
		if r.Leaks {
			command = "hello" // a device of another make
		}
		poll(command)
	})
}
