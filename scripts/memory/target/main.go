//go:build linux

// Command target is what scripts/memory reads: a process with a set number of
// goroutines that wait in several ways and at several depths, and that notices
// when it is held up.
//
//	target -goroutines 100000 [-scattered]
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
	"time"
)

// Usage is what the process noticed since it began, and since it was last asked.
type Usage struct {
	Goroutines uint64
	// Pauses and Bounds are the runtime's histogram of stop-the-world pauses of
	// all causes since it began: Pauses[i] took Bounds[i] to Bounds[i+1] seconds.
	Pauses []uint64
	Bounds []float64
	Beats  Beats
}

func main() {
	n := flag.Int("goroutines", 300, "waiting goroutines")
	scattered := flag.Bool("scattered", false, "put other objects between the goroutines' structs")
	flag.Parse()
	if err := run(*n, *scattered); err != nil {
		fmt.Fprintln(os.Stderr, "target:", err)
		os.Exit(1)
	}
}

func run(n int, scattered bool) error {
	stop := make(chan struct{})
	keep := park(n, scattered, stop)
	heart := startHeart()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	http.HandleFunc("/usage", func(w http.ResponseWriter, _ *http.Request) {
		u := usage()
		u.Beats = heart.since()
		if json.NewEncoder(w).Encode(u) != nil {
			return // who asked has gone
		}
	})
	time.Sleep(100 * time.Millisecond) // until all wait
	fmt.Println(l.Addr())
	failed := make(chan error, 1)
	go func() { failed <- http.Serve(l, nil) }()
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	heart.end()
	close(stop)
	if err := l.Close(); err != nil {
		return err
	}
	<-failed
	_ = keep[len(keep)-1]
	return nil
}

func usage() Usage {
	samples := []metrics.Sample{{Name: "/sched/pauses/total/other:seconds"}, {Name: "/sched/pauses/total/gc:seconds"}, {Name: "/sched/goroutines:goroutines"}}
	metrics.Read(samples)
	other, gc := samples[0].Value.Float64Histogram(), samples[1].Value.Float64Histogram()
	u := Usage{Goroutines: samples[2].Value.Uint64(), Pauses: other.Counts}
	for i, n := range gc.Counts { // both have the same buckets
		u.Pauses[i] += n
	}
	for _, b := range other.Buckets {
		u.Bounds = append(u.Bounds, min(max(b, 0), 1e6)) // JSON has no infinity
	}
	return u
}
