// Restart replaces itself by a new process image on the same port after 20 to
// 30 seconds: the goroutines are gone for a moment and come back as the load
// finds its way again, as in a rolling deployment.
package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

// second marks the process after the restart.
const second = "LOGCAP_SECOND_LIFE"

type server struct {
	style service.Style
	dice  *load.Dice
	wg    sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	srv := &server{style: s.Style, dice: load.NewDice(s.Rand)}
	users := srv.dice.Int(60, 200)
	rise := srv.dice.Time(8*time.Second, 14*time.Second)
	life := srv.dice.Time(20*time.Second, 30*time.Second)
	if os.Getenv(second) != "" {
		life = time.Hour
	}
	begin := time.Now()
	for on := 0; load.Sleep(ctx, 50*time.Millisecond); {
		elapsed := time.Since(begin)
		for ; on < load.Ramp(2, users, rise, elapsed); on++ {
			srv.start(ctx)
		}
		if elapsed > life {
			return again(s.Addr)
		}
	}
	srv.wg.Wait()
	return ctx.Err()
}

// again replaces this process by a new one that listens on addr. It returns only if that fails.
func again(addr string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("restart: %w", err)
	}
	// The last of several -listen counts.
	args := append(append([]string{os.Args[0]}, os.Args[1:]...), "-listen", addr)
	return fmt.Errorf("restart: %w", syscall.Exec(self, args, append(os.Environ(), second+"=1")))
}

// start lets one user in, who works until the service ends.
func (s *server) start(ctx context.Context) {
	switch s.style {
	case service.Method:
		s.wg.Add(1)
		go s.userAndTell(ctx)
	case service.WG:
		s.wg.Go(func() { s.user(ctx) })
	default:
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			s.user(ctx)
		}()
	}
}

func (s *server) userAndTell(ctx context.Context) {
	defer s.wg.Done()
	s.user(ctx)
}

func (s *server) user(ctx context.Context) {
	for load.Sleep(ctx, s.dice.Time(300*time.Millisecond, 3*time.Second)) {
	}
}
