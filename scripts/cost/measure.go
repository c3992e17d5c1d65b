//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// usage is what the target says of itself; see target/main.go.
type usage struct {
	CPU        float64
	Goroutines uint64
	Counts     []uint64
	Bounds     []float64
}

// window is what one stretch of time cost.
type window struct {
	Seconds   float64
	TargetCPU float64 // seconds
	Long      uint64  // pauses of 1 ms and more
	Longest   float64 // seconds; the upper bound of the longest pause's bucket
	// Of logcap; zero without it.
	CPU   float64 // seconds
	RSS   int64   // bytes, at its highest
	Ticks int     // protos in the recording
}

// pair is two windows on the same process, one after the other.
type pair struct{ without, with window }

func measure(o options, l load, target string, progress io.Writer) (pairs []pair, err error) {
	cmd := exec.Command(target, "-goroutines", fmt.Sprint(l.goroutines))
	cmd.Stderr = progress
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	defer func() { in.Close(); err = errors.Join(err, cmd.Wait()) }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, err
	}
	address = strings.TrimSpace(address)
	for i := range o.pairs {
		fmt.Fprintf(progress, "%s: pair %d of %d, twice %v\n", l.name, i+1, o.pairs, o.window)
		without, err := between(address, func(*window) error { time.Sleep(o.window); return nil })
		if err != nil {
			return pairs, err
		}
		with, err := between(address, func(w *window) error { return watch(o, l, address, w) })
		if err != nil {
			return pairs, err
		}
		pairs = append(pairs, pair{without, with})
	}
	return pairs, nil
}

// between is what the target used while do ran.
func between(address string, do func(*window) error) (window, error) {
	var w window
	before, err := ask(address)
	if err != nil {
		return w, err
	}
	start := time.Now()
	if err := do(&w); err != nil {
		return w, err
	}
	w.Seconds = time.Since(start).Seconds()
	after, err := ask(address)
	if err != nil {
		return w, err
	}
	w.TargetCPU = after.CPU - before.CPU
	w.Long, w.Longest = longPauses(before, after, 1e-3)
	return w, nil
}

// longPauses counts the pauses between two readings that lasted atLeast seconds.
func longPauses(before, after usage, atLeast float64) (long uint64, longest float64) {
	for i, n := range after.Counts {
		n -= before.Counts[i]
		if n == 0 {
			continue
		}
		longest = after.Bounds[i+1]
		if after.Bounds[i] >= atLeast {
			long += n
		}
	}
	return long, longest
}

func ask(address string) (usage, error) {
	var u usage
	resp, err := http.Get("http://" + address + "/usage")
	if err != nil {
		return u, err
	}
	defer resp.Body.Close()
	return u, json.NewDecoder(resp.Body).Decode(&u)
}

// watch runs logcap for one window and notes what it used itself.
func watch(o options, l load, address string, w *window) error {
	dir, err := os.MkdirTemp("", "logcap-cost-recording-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command(o.logcap, "leak-watch", address, "--interval", l.interval.String(), "--duration", o.window.String(),
		"--record", filepath.Join(dir, "recording"), "-o", "text="+os.DevNull)
	said, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, said)
	}
	w.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		w.RSS = maxRSS(r.Maxrss)
	}
	w.Ticks, err = countTicks(dir)
	return err
}

// countTicks counts the protos of a recording.
func countTicks(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(d.Name(), ".goroutine.pb.gz") {
			n++
		}
		return err
	})
	return n, err
}
