// Session-ramp gets a new session every half second to two seconds; each lasts
// ten minutes and is active all the time. Within a minute this cannot be told
// from a leak by counting.
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
	every := dice.Time(500*time.Millisecond, 2*time.Second)
	return chat.Run(ctx, s.Style, &load.Crowd{
		Message: []byte("hello\n"),
		Pause:   func() time.Duration { return dice.Time(500*time.Millisecond, 3*time.Second) },
		Life:    func() time.Duration { return 10 * time.Minute },
		Size:    func(elapsed time.Duration) int { return 1 + int(elapsed/every) },
	})
}
