// Long-poll holds every request until there is news or its time is over, 10 to
// 30 seconds later; the clients then ask again at once.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

// board lets many wait for the next news.
type board struct {
	mu   sync.Mutex
	news chan struct{}
}

func (b *board) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.news
}

func (b *board) publish() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.news)
	b.news = make(chan struct{})
}

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	held := dice.Time(10*time.Second, 30*time.Second)
	b := &board{news: make(chan struct{})}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timeout := time.NewTimer(held)
		defer timeout.Stop()
		select {
		case <-b.next():
			fmt.Fprintln(w, "news")
		case <-timeout.C:
			fmt.Fprintln(w, "nothing")
		case <-r.Context().Done():
		}
	})}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer srv.Close()
	wg.Go(func() { srv.Serve(ln) })
	wg.Go(func() {
		for load.Sleep(ctx, dice.Time(held/2, held*2)) {
			b.publish()
		}
	})

	clients := dice.Int(20, 80)
	join := dice.Time(2*time.Second, 8*time.Second)
	crowd := &load.Crowd{
		Addr:    ln.Addr().String(),
		Message: []byte("GET /news HTTP/1.1\r\nHost: board.example\r\n\r\n"),
		// A client asks again a little after the longest time an answer takes.
		Pause: func() time.Duration { return held + dice.Time(50*time.Millisecond, time.Second) },
		Life:  func() time.Duration { return dice.Skewed(20*time.Second, 5*time.Minute) },
		Size:  func(elapsed time.Duration) int { return load.Ramp(1, clients, join, elapsed) },
	}
	return crowd.Run(ctx)
}
