package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
)

// lineBytes is the mean length of the lines, their newline included: that of
// the lines the peers in docs/throughput.md were measured with.
const lineBytes = 159

// generate writes a log of about size bytes: access lines, whose addresses, paths, ids and
// durations differ as they do in a service's own log, so that zstd has no easier work than in life.
func generate(path string, size int64) (lines, bytes int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	rng := rand.New(rand.NewPCG(1, 2))
	paths := []string{"/api/v1/orders", "/api/v1/users", "/healthz", "/static/app.js", "/checkout/cart", "/api/v2/search"}
	agents := []string{"curl/8.5.0", "Go-http-client/2.0", "Mozilla/5.0 (X11; Linux x86_64)", "kube-probe/1.31"}
	levels := []string{"INFO", "INFO", "INFO", "INFO", "WARN", "DEBUG", "ERROR"}
	var line []byte
	for bytes < size {
		ms := lines * 7 / 10
		line = fmt.Appendf(line[:0], "2026-11-24T%02d:%02d:%02d.%03dZ %s 10.%d.%d.%d \"GET %s/%d HTTP/1.1\" %d %d %dus %s req=%016x",
			ms/3600000%24, ms/60000%60, ms/1000%60, ms%1000, levels[rng.IntN(len(levels))], rng.IntN(4), rng.IntN(256), rng.IntN(256),
			paths[rng.IntN(len(paths))], rng.IntN(100000), 200+100*(rng.IntN(20)/18), rng.IntN(50000), rng.IntN(900000),
			agents[rng.IntN(len(agents))], rng.Uint64())
		for len(line) < lineBytes-16+rng.IntN(31) {
			line = fmt.Appendf(line, " k%d=%x", rng.IntN(9), rng.Uint32())
		}
		line = append(line, '\n')
		if _, err := w.Write(line); err != nil {
			return 0, 0, fmt.Errorf("write the log: %w", err)
		}
		lines++
		bytes += int64(len(line))
	}
	if err := w.Flush(); err != nil {
		return 0, 0, fmt.Errorf("write the log: %w", err)
	}
	return lines, bytes, f.Close()
}
