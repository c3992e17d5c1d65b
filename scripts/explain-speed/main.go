//go:build unix

// Explain-speed measures how long logcap takes for the first answer from a large
// tree, and what it needs: the report of a recorded client-per-call leak with the
// standard library as its source, which is where those goroutines' frames are.
//
//	go run ./scripts/explain-speed              3 runs; ends with 1 when one takes 10 s or 1.5 GB
//	go run ./scripts/explain-speed -source DIR -recording DIR
//
// It is run from the top of the repository.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/logcap/logcap/report"
)

// The bars.
const (
	mostTime   = 10 * time.Second
	mostMemory = 1500 << 20 // bytes
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "explain-speed: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	source := flag.String("source", "", "`folder` of the source (default: the standard library)")
	recording := flag.String("recording", "", "`folder` of a recording (default: the kept one of client-per-call)")
	runs := flag.Int("runs", 3, "how many `times`")
	flag.Parse()
	dir, err := os.MkdirTemp("", "explain-speed-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if *source == "" {
		root, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return fmt.Errorf("ask for GOROOT: %w", err)
		}
		*source = filepath.Join(strings.TrimSpace(string(root)), "src")
	}
	if *recording == "" {
		*recording = filepath.Join(dir, "recording")
		if err := os.Mkdir(*recording, 0o755); err != nil {
			return err
		}
		tar := exec.Command("tar", "-xf", filepath.Join("testdata", "recordings", "client-per-call.tar"), "-C", *recording)
		if out, err := tar.CombinedOutput(); err != nil {
			return fmt.Errorf("unpack the recording: %w: %s", err, out)
		}
	}
	logcap := filepath.Join(dir, "logcap")
	if out, err := exec.Command("go", "build", "-o", logcap, "./cmd/logcap").CombinedOutput(); err != nil {
		return fmt.Errorf("build logcap: %w: %s", err, out)
	}
	fmt.Println("| lines read whole | packages | passed | CPU | memory, most |\n|---|---|---|---|---|")
	missed := 0
	for range *runs {
		ok, err := once(logcap, *recording, *source, filepath.Join(dir, "report.json"))
		if err != nil {
			return err
		}
		if !ok {
			missed++
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d runs took more than %v or %d MB", missed, *runs, mostTime, mostMemory>>20)
	}
	return nil
}

// once makes one report, prints what it took, and says whether that is within the bars.
func once(logcap, recording, source, to string) (bool, error) {
	cmd := exec.Command(logcap, "report", recording, "--source-path", source, "-o", "json="+to)
	cmd.Stderr = os.Stderr
	begin := time.Now()
	if err := cmd.Run(); err != nil {
		return false, fmt.Errorf("report: %w", err)
	}
	passed := time.Since(begin)
	data, err := os.ReadFile(to)
	if err != nil {
		return false, err
	}
	var r report.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return false, err
	}
	if r.Tree == nil {
		return false, fmt.Errorf("no source was read: %q", r.Warnings)
	}
	state := cmd.ProcessState
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return false, fmt.Errorf("this system does not say what a process used")
	}
	memory := usage.Maxrss << 10 // kilobytes on Linux
	fmt.Printf("| %d | %d | %.1f s | %.1f s | %d MB |\n", r.Tree.Lines, r.Tree.Packages, passed.Seconds(), (state.UserTime() + state.SystemTime()).Seconds(), memory>>20)
	return passed <= mostTime && memory <= mostMemory, nil
}
