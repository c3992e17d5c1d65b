// Command healthchecks is a daemon without a pprof endpoint that checks the health of a backend, as the service of the first report did:
// each check makes a pool of five clients, asks through one of them and forgets the pool, with an idle connection in it.
//
// The go statements of what grows are net/http's, in goroutines that have ended. The loop to blame is monitor.(*Monitor).Run, two packages away.
// It prints one JSON line with its pid once it runs.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"time"

	"logcap.test/programs/healthchecks/monitor"
)

func main() {
	every := flag.Duration("every", 2*time.Second, "time between two checks")
	server := flag.String("server", "fast", "how the backend answers: fast, at once, or slow, after 300 ms")
	own := flag.Bool("own-goroutine", false, "check in a goroutine of its own and not in main's")
	backend := flag.Bool("backend", false, "be the backend (used by the program itself)")
	flag.Parse()
	delay, ok := map[string]time.Duration{"fast": 0, "slow": 300 * time.Millisecond}[*server]
	if !ok {
		fail(fmt.Errorf("-server is fast or slow, and not %q", *server))
	}
	if *backend {
		fail(serve(delay))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	addr, child, err := start(*server)
	if err != nil {
		fail(err)
	}
	defer child.Wait()
	defer child.Process.Kill()
	m := monitor.New(addr, *every)
	json.NewEncoder(os.Stdout).Encode(map[string]int{"pid": os.Getpid()})
	if *own {
		done := make(chan struct{})
		go func() {
			defer close(done)
			m.Run(ctx)
		}()
		<-done
		return
	}
	m.Run(ctx)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "healthchecks:", err)
	os.Exit(1)
}

// serve is the backend. It ends with its parent, who holds the other end of its standard input.
func serve(delay time.Duration) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { time.Sleep(delay) }))
}

// start runs the backend in another process, so that only the client's side is in this one.
func start(server string) (addr string, child *exec.Cmd, err error) {
	child = exec.Command(os.Args[0], "-backend", "-server", server)
	child.Stderr = os.Stderr
	if _, err = child.StdinPipe(); err != nil {
		return "", nil, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err = child.Start(); err != nil {
		return "", nil, err
	}
	_, err = fmt.Fscanln(out, &addr)
	return addr, child, err
}
