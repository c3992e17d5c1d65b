// Command talker is what runs in the containers of scripts/churn: it writes
// numbered lines to stdout and stderr without a break, until it is told to end.
// Each start is a writer of its own, so that numbers begin with 1. How many
// lines it has written it says in a file for each stream, which outlives container and log.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: talker NAME LINES-PER-SECOND DIRECTORY")
		os.Exit(2)
	}
	rate, err := strconv.Atoi(os.Args[2])
	if err != nil || rate < 1 {
		fmt.Fprintln(os.Stderr, "talker: no rate:", os.Args[2])
		os.Exit(2)
	}
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	start := fmt.Sprintf("%s.%d", os.Args[1], time.Now().UnixNano())
	type stream struct {
		f, said *os.File
		writer  string
		n       uint64
	}
	streams := [2]stream{{f: os.Stdout}, {f: os.Stderr}}
	for i := range streams {
		s := &streams[i]
		s.writer = start + "." + strconv.Itoa(i)
		if s.said, err = os.Create(filepath.Join(os.Args[3], s.writer)); err != nil {
			fmt.Fprintln(os.Stderr, "talker:", err)
			os.Exit(1)
		}
	}
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-end:
			return
		case <-tick.C:
		}
		s := &streams[0]
		if i%5 == 4 {
			s = &streams[1]
		}
		size := 120
		if i%97 == 50 {
			size = 40_000 // more than the engine takes for one line
		}
		s.n++
		line := faults.AppendLine(nil, s.writer, s.n, size)
		if i%11 == 3 { // in two writes
			_, _ = s.f.Write(line[:len(line)/2])
			line = line[len(line)/2:]
		}
		if _, err := s.f.Write(line); err != nil {
			return
		}
		if _, err := s.said.WriteAt(fmt.Appendf(nil, "%d", s.n), 0); err != nil {
			return
		}
	}
}
