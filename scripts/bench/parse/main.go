// Command parse measures how fast analyze/goroutine reads a large debug=2 dump,
// next to a plain line scan of the same bytes and to gostackparse. Each figure
// comes from a process of its own that runs on one core; the dump is mapped into
// memory, so no disk and no copy in the Go heap takes part.
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/DataDog/gostackparse"
	"github.com/logcap/logcap/analyze/goroutine"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench-parse:", err)
		os.Exit(1)
	}
}

func run(argv []string) error {
	fs := flag.NewFlagSet("bench-parse", flag.ContinueOnError)
	n := fs.Int("goroutines", 200_000, "goroutines in the dump, about 1,040 bytes each")
	seed := fs.Uint64("seed", 1, "seed of the generator")
	rounds := fs.Int("rounds", 5, "runs of each reader; the median counts")
	dir := fs.String("dir", os.TempDir(), "where the dumps are written; they are removed afterwards")
	one := fs.String("one", "", "measure one reader on the file given, used by the script itself")
	heap := fs.Bool("heap", false, "with -one: sample the heap")
	if err := fs.Parse(argv); err != nil {
		return err
	}
	if *one != "" {
		return measure(*one, fs.Arg(0), *heap)
	}
	for _, labels := range []bool{false, true} {
		file := filepath.Join(*dir, "logcap-bench-parse-"+strconv.Itoa(os.Getpid())+".txt")
		err := compare(file, options{*n, *seed, labels}, *rounds)
		os.Remove(file)
		if err != nil {
			return err
		}
	}
	return nil
}

// compare runs every reader on one dump and prints the table.
func compare(file string, opts options, rounds int) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := generate(f, opts); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	what := "without labels"
	if opts.labels {
		what = "with labels (gostackparse drops these goroutines)"
	}
	fmt.Printf("%d goroutines, %.1f MB, %s, seed %d, %s %s/%s\n", opts.goroutines, float64(info.Size())/1e6, what, opts.seed, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	fmt.Printf("%-14s %12s %12s %10s %12s %12s\n", "reader", "time", "ns/goroutine", "x scan", "goroutines", "peak heap")
	readers := []string{"scan", "logcap", "gostackparse"}
	times := map[string][]time.Duration{}
	last := map[string]sample{}
	// Rounds are interleaved, so that a slow spell of the machine meets all readers.
	for range rounds {
		for _, r := range readers {
			s, err := child(r, file, false)
			if err != nil {
				return err
			}
			times[r] = append(times[r], s.took)
		}
	}
	for _, r := range readers {
		s, err := child(r, file, true)
		if err != nil {
			return err
		}
		slices.SortFunc(times[r], func(a, b time.Duration) int { return cmp.Compare(a, b) })
		s.took = times[r][len(times[r])/2]
		last[r] = s
		fmt.Printf("%-14s %12s %12d %10.2f %12d %9.1f MB\n", r, s.took.Round(time.Microsecond), int(s.took)/opts.goroutines,
			float64(s.took)/float64(last["scan"].took), s.goroutines, float64(s.peak)/1e6)
	}
	fmt.Printf("gostackparse / logcap: %.1f\n\n", float64(last["gostackparse"].took)/float64(last["logcap"].took))
	return nil
}

// sample is what one run of a reader gave.
type sample struct {
	took       time.Duration
	goroutines int
	peak       uint64 // bytes of heap objects at the highest sample
}

func child(reader, file string, heap bool) (sample, error) {
	self, err := os.Executable()
	if err != nil {
		return sample{}, err
	}
	cmd := exec.Command(self, "-one", reader, "-heap="+strconv.FormatBool(heap), file)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return sample{}, fmt.Errorf("run %s: %w", reader, err)
	}
	var s sample
	_, err = fmt.Sscan(string(out), (*int64)(&s.took), &s.goroutines, &s.peak)
	return s, err
}

// measure runs one reader and prints its sample.
func measure(reader, file string, heap bool) error {
	data, err := mapped(file)
	if err != nil {
		return err
	}
	touch(data)
	in := &watched{r: bytes.NewReader(data), heap: heap}
	start := cpuTime()
	var n int
	switch reader {
	case "scan":
		n, err = scan(in)
	case "logcap":
		n, err = ours(in)
	case "gostackparse":
		n = peer(in)
	default:
		err = fmt.Errorf("no reader %q", reader)
	}
	took := cpuTime() - start
	in.sample()
	fmt.Println(int64(took), n, in.peak)
	return err
}

// cpuTime is the processor time this process has used: other processes on the
// machine do not count into it, the collector's work does.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func mapped(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
}

// touch makes the kernel map every page before the clock starts.
func touch(data []byte) (sum byte) {
	for i := 0; i < len(data); i += 4096 {
		sum += data[i]
	}
	return sum
}

// watched samples the heap at each read.
type watched struct {
	r    io.Reader
	heap bool
	peak uint64
}

func (w *watched) Read(p []byte) (int, error) {
	w.sample()
	return w.r.Read(p)
}

func (w *watched) sample() {
	if !w.heap {
		return
	}
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	w.peak = max(w.peak, s[0].Value.Uint64())
}

func scan(r io.Reader) (int, error) {
	lines, n := bufio.NewScanner(r), 0
	for lines.Scan() {
		if line := lines.Bytes(); len(line) > 10 && line[0] == 'g' && line[len(line)-1] == ':' {
			n++ // so that the lines are really looked at
		}
	}
	return n, lines.Err()
}

func ours(r io.Reader) (int, error) {
	s, err := goroutine.Read(r, goroutine.Options{})
	if err != nil {
		return 0, err
	}
	known := 0
	for _, st := range s.Stacks {
		known += len(st.Goroutines)
	}
	if known != s.Total {
		return 0, fmt.Errorf("%d goroutines have an id, %d were counted", known, s.Total)
	}
	return s.Total, nil
}

func peer(r io.Reader) int {
	goroutines, _ := gostackparse.Parse(r)
	return len(goroutines)
}
