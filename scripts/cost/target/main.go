//go:build unix

// Command target is what scripts/cost watches: a process with a set number of
// idle goroutines that tells what it has used so far.
//
//	target -goroutines 100000
//
// It prints the address it serves net/http/pprof on, and at /usage answers a
// Usage as JSON. It ends when its standard input does.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime/metrics"
	"syscall"
)

// Usage is what the process has used since it began.
type Usage struct {
	CPU        float64 // seconds, user and system
	Goroutines uint64
	// Pauses is the runtime's histogram of stop-the-world pauses that are not
	// the garbage collector's: Counts[i] pauses of Bounds[i] to Bounds[i+1] seconds.
	Counts []uint64
	Bounds []float64
}

func main() {
	n := flag.Int("goroutines", 300, "idle goroutines")
	flag.Parse()
	if err := run(*n); err != nil {
		fmt.Fprintln(os.Stderr, "target:", err)
		os.Exit(1)
	}
}

func run(n int) error {
	stop := make(chan struct{})
	for range n {
		go park(stop)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	http.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) { json.NewEncoder(w).Encode(read()) })
	fmt.Println(l.Addr())
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(l, nil) }()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	l.Close()
	<-failed
	return nil
}

func park(stop <-chan struct{}) { <-stop }

func read() Usage {
	samples := []metrics.Sample{{Name: "/sched/pauses/total/other:seconds"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	h := samples[0].Value.Float64Histogram()
	u := Usage{Goroutines: samples[1].Value.Uint64(), Counts: h.Counts}
	for _, b := range h.Buckets {
		u.Bounds = append(u.Bounds, min(max(b, 0), 1e6)) // JSON has no infinity
	}
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) == nil {
		u.CPU = seconds(r.Utime) + seconds(r.Stime)
	}
	return u
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
