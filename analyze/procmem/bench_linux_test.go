package procmem_test

import (
	"bufio"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/procmem"
)

// BenchmarkRead reads processes with many waiting goroutines. Beside the time
// of one reading it gives the time for each goroutine at the fastest, and for
// snapshots what a bare scan of the same process is the unit of.
func BenchmarkRead(b *testing.B) {
	target := filepath.Join(b.TempDir(), "target")
	if out, err := exec.Command("go", "build", "-o", target, "../../scripts/memory/target").CombinedOutput(); err != nil {
		b.Fatalf("build the target: %v\n%s", err, out)
	}
	for _, n := range []int{300, 100_000} {
		for _, scattered := range []bool{false, true} {
			name := strconv.Itoa(n)
			if scattered {
				name += "-scattered"
			}
			b.Run(name, func(b *testing.B) {
				r := openTarget(b, target, n, scattered)
				reads := []struct {
					name string
					read func() error
				}{
					{"scan", func() error { return scanAll(r) }},
					{"snapshot", func() error { _, _, err := r.Snapshot(procmem.Options{}); return err }},
					{"all-stacks", func() error { _, _, err := r.Snapshot(procmem.Options{AllStacks: true}); return err }},
				}
				for _, one := range reads {
					b.Run(one.name, func(b *testing.B) { benchmark(b, n, one.read, reads[0].read) })
				}
			})
		}
	}
}

// benchmark runs read and a bare scan in turn, so that both meet the same noise.
func benchmark(b *testing.B, n int, read, scan func() error) {
	b.ReportAllocs()
	var reads, scans []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := read(); err != nil {
			b.Fatal(err)
		}
		reads = append(reads, time.Since(start))
		b.StopTimer()
		start = time.Now()
		if err := scan(); err != nil {
			b.Fatal(err)
		}
		scans = append(scans, time.Since(start))
		b.StartTimer()
	}
	b.ReportMetric(float64(slices.Min(reads))/float64(n), "ns/goroutine")
	b.ReportMetric(float64(slices.Min(reads))/float64(slices.Min(scans)), "scans")
}

func scanAll(r *procmem.Reader) error {
	_, err := r.Scan(func([]procmem.G) error { return nil })
	return err
}

// openTarget starts scripts/memory/target and opens a reader of it.
func openTarget(tb testing.TB, path string, n int, scattered bool) *procmem.Reader {
	cmd := exec.Command(path, "-goroutines", strconv.Itoa(n), "-scattered="+strconv.FormatBool(scattered))
	in, err := cmd.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			tb.Errorf("the target: %v", err)
		}
	})
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil && err != io.EOF {
		tb.Fatal(err)
	}
	r, err := procmem.OpenPID(cmd.Process.Pid)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { r.Close() })
	return r
}
