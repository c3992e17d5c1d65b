// Keepalive-server is an HTTP server whose clients keep their connections open
// between rare requests. The connections grow in number for 15 to 40 seconds
// and then stay; a few leave and are replaced.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"logcap.test/programs/healthy/internal/load"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run}) }

func run(ctx context.Context, s *service.Service) error {
	dice := load.NewDice(s.Rand)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{
		Handler:     http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "hello") }),
		IdleTimeout: 3 * time.Minute,
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		srv.Serve(ln)
	}()
	defer func() {
		srv.Close()
		<-served
	}()

	bound := dice.Int(40, 160)
	rise := dice.Time(15*time.Second, 40*time.Second)
	crowd := &load.Crowd{
		Addr:    ln.Addr().String(),
		Message: []byte("GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"),
		Pause:   func() time.Duration { return dice.Time(4*time.Second, 25*time.Second) },
		Life:    func() time.Duration { return dice.Skewed(30*time.Second, 10*time.Minute) },
		Size:    func(elapsed time.Duration) int { return load.Ramp(1, bound, rise, elapsed) },
	}
	return crowd.Run(ctx)
}
