// Websocket-like keeps long connections that come and go: all clients reconnect
// when the service starts, each stays for seconds or minutes, and those who
// leave are replaced.
package main

import (
	"context"
	"time"

	"logcap.test/programs/healthy/internal/chat"
	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	clients := dice.Int(30, 120)
	join := dice.Time(2*time.Second, 10*time.Second)
	longest := dice.Time(time.Minute, 4*time.Minute)
	return chat.Run(ctx, s.Style, &load.Crowd{
		Message: []byte("hello\n"),
		Pause:   func() time.Duration { return dice.Time(time.Second, 6*time.Second) },
		Life:    func() time.Duration { return dice.Skewed(4*time.Second, longest) },
		Size: func(elapsed time.Duration) int {
			// Some come back only after a while: the crowd is never quite complete.
			return load.Ramp(1, clients, join, elapsed) - dice.Int(0, clients/15)
		},
	})
}
