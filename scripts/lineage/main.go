// Lineage watches a daemon without a pprof endpoint that leaks a connection in
// every health check, and asks whether the report's lineage ends in the daemon's
// own loop function: for a fast and a slow backend, the loop in main's goroutine and
// in one of its own, plain and stripped.
//
//	go run ./scripts/lineage                      one minute, all eight at a time
//	go run ./scripts/lineage -duration 20s
//	go run ./scripts/lineage -markdown docs/lineage.md
//
// It is run from the top of the repository on Linux, as root or as the user
// whose processes may be read, and ends with 0 only if all eight do.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/logcap/logcap/analyze"
)

// loop is the function that the lineage is to end in.
const loop = "logcap.test/programs/healthchecks/monitor.(*Monitor).Run"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	duration := flag.Duration("duration", time.Minute, "`time` of a watch")
	markdown := flag.String("markdown", "", "write the table to this `file`, between its marks")
	flag.Parse()
	if err := run(ctx, *duration, *markdown, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lineage:", err)
		os.Exit(1)
	}
}

// daemon is one way to build and run it, and what its watch gave.
type daemon struct {
	stripped  bool
	server    string
	own       bool
	report    report
	cpu, wall time.Duration // of logcap
}

// report is the part of logcap.report/1 that is judged.
type report struct {
	Findings []struct {
		Verdict string             `json:"verdict"`
		Lineage []analyze.Ancestor `json:"lineage"`
		Cause   *analyze.Cause     `json:"cause"`
	} `json:"findings"`
}

func run(ctx context.Context, duration time.Duration, markdown string, out io.Writer) error {
	dir, err := os.MkdirTemp("", "lineage-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(ctx, dir); err != nil {
		return err
	}
	var all []*daemon
	for _, stripped := range []bool{false, true} {
		for _, server := range []string{"fast", "slow"} {
			for _, own := range []bool{false, true} {
				all = append(all, &daemon{stripped: stripped, server: server, own: own})
			}
		}
	}
	var group errgroup.Group
	for _, d := range all {
		group.Go(func() error { return d.watch(ctx, dir, duration) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	text := table(all, duration)
	fmt.Fprint(out, text)
	if markdown != "" {
		if err := replace(markdown, text); err != nil {
			return err
		}
	}
	return judge(all)
}

func build(ctx context.Context, dir string) error {
	for _, args := range [][]string{
		{"build", "-o", filepath.Join(dir, "logcap"), "./cmd/logcap"},
		{"build", "-C", "testdata", "-o", filepath.Join(dir, "plain"), "./healthchecks"},
		{"build", "-C", "testdata", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "stripped"), "./healthchecks"},
	} {
		if text, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, text)
		}
	}
	return nil
}

func (d *daemon) binary() string {
	if d.stripped {
		return "stripped"
	}
	return "plain"
}

// watch runs the daemon, and logcap beside it.
func (d *daemon) watch(ctx context.Context, dir string, duration time.Duration) (err error) {
	c := exec.CommandContext(ctx, filepath.Join(dir, d.binary()), "-server", d.server, fmt.Sprintf("-own-goroutine=%v", d.own))
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, c.Process.Signal(os.Interrupt), c.Wait())
	}()
	var hello struct{ PID int }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &hello)
	}
	if err != nil {
		return fmt.Errorf("the daemon said %q: %w", line, err)
	}
	logcap := exec.CommandContext(ctx, filepath.Join(dir, "logcap"), "leak-watch", fmt.Sprintf("pid:%d", hello.PID), "--duration", duration.String(), "-o", "json")
	logcap.Env = append(os.Environ(), "TMPDIR="+dir)
	began := time.Now()
	text, err := logcap.Output()
	if logcap.ProcessState == nil || logcap.ProcessState.ExitCode() > 1 || len(text) == 0 {
		return fmt.Errorf("logcap: %w", err)
	}
	d.wall = time.Since(began)
	d.cpu = logcap.ProcessState.UserTime() + logcap.ProcessState.SystemTime()
	return json.Unmarshal(text, &d.report)
}

// table is one row a daemon.
func table(all []*daemon, duration time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| binary | backend | loop runs in | lineage ends in | seen | kind | logcap's CPU in %s |\n|---|---|---|---|---|---|---|\n", duration)
	for _, d := range all {
		end, seen, kind := "nothing", "", ""
		if len(d.report.Findings) > 0 {
			f := d.report.Findings[0]
			if n := len(f.Lineage); n > 0 {
				last := f.Lineage[n-1]
				end, seen = "`"+strings.TrimPrefix(last.Func, "logcap.test/programs/healthchecks/")+"`", fmt.Sprintf("%d of %d", last.Seen, last.Of)
			}
			if f.Cause != nil {
				kind = string(f.Cause.Kind)
			}
		}
		in := map[bool]string{false: "main's goroutine", true: "its own"}[d.own]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %.2f s |\n", d.binary(), d.server, in, end, seen, kind, d.cpu.Seconds())
	}
	return b.String()
}

// judge asks for the loop in every report.
func judge(all []*daemon) error {
	var errs []error
	for _, d := range all {
		name := fmt.Sprintf("%s, %s backend, own goroutine %v", d.binary(), d.server, d.own)
		if len(d.report.Findings) == 0 {
			errs = append(errs, fmt.Errorf("%s: no finding", name))
			continue
		}
		f := d.report.Findings[0]
		if n := len(f.Lineage); n == 0 || f.Lineage[n-1].Func != loop || f.Cause == nil || f.Cause.Kind != analyze.Measured {
			errs = append(errs, fmt.Errorf("%s: lineage %+v, cause %+v", name, f.Lineage, f.Cause))
		}
	}
	return errors.Join(errs...)
}

const (
	beginMark = "<!-- scripts/lineage -->\n"
	endMark   = "<!-- end of scripts/lineage -->\n"
)

// replace puts the table between the marks of a document.
func replace(file, text string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	head, rest, ok1 := strings.Cut(string(b), beginMark)
	_, tail, ok2 := strings.Cut(rest, endMark)
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no marks %q and %q", file, beginMark, endMark)
	}
	return os.WriteFile(file, []byte(head+beginMark+"\n"+text+"\n"+endMark+tail), 0o644)
}
