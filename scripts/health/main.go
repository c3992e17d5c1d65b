// Command health breaks what a collector depends on and measures after how many
// seconds its /health says so, with the right subject, and after how many it
// says ok again by itself. The collector is the real logcap, one process for each fault.
//
//	go run ./scripts/health -bin bin/logcap [-quick] [-only TEXT] [-markdown FILE]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// mostTold is the bar: a fault is told within this time, whatever it is.
const mostTold = 10 * time.Second

// fault is one way of breaking something.
type fault struct {
	name    string
	subject string        // of the problem that has to be told; what its subject begins with
	told    time.Duration // how long after the fault docs/deploy.md promises it
	again   time.Duration // how long after its end docs/deploy.md promises "ok" again
	quick   bool          // part of a quick run
	without string        // why it cannot be made here; "": it can
	run     func(*trial) error
}

// outcome is what became of one fault.
type outcome struct {
	fault
	*trial
	err error
}

// held says that both bars are: what cannot be made here holds none and misses none.
func (o outcome) held() bool { return o.without != "" || o.err == nil }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "health:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	var bin, only, md string
	var quick bool
	var beside int
	flag.StringVar(&bin, "bin", "", "logcap to judge (default: built from this tree)")
	flag.StringVar(&only, "only", "", "only the faults with this in their name")
	flag.BoolVar(&quick, "quick", false, "three faults, in less than 40 s")
	flag.IntVar(&beside, "beside", 3, "faults that are made at a time, each with a collector of its own")
	flag.StringVar(&md, "markdown", "", "write the table as Markdown to this file")
	flag.Parse()
	if flag.NArg() > 0 || beside < 1 {
		return errors.New("usage: go run ./scripts/health [-bin FILE] [-quick] [-only TEXT] [-beside N] [-markdown FILE]; N is 1 at least")
	}
	dir, err := os.MkdirTemp("", "health-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Chmod(dir, 0o711); err != nil { // a collector that is another user has to get at its own directory
		return err
	}
	if bin, err = faults.Build(bin, dir); err != nil {
		return err
	}
	own := filepath.Join(dir, "judged") // where another user may run it
	if err := duplicate(own, bin); err != nil {
		return err
	}
	began := time.Now()
	all := measure(ctx, own, dir, beside, func(f fault) bool { return (!quick || f.quick) && strings.Contains(f.name, only) })
	if len(all) == 0 {
		return fmt.Errorf("no fault has %q in its name", only)
	}
	text := table(all, time.Since(began))
	fmt.Print(text)
	if md != "" {
		if err := os.WriteFile(md, []byte(page(text)), 0o644); err != nil {
			return err
		}
	}
	missed := 0
	for _, o := range all {
		if !o.held() {
			missed++
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d faults missed a bar", missed, len(all))
	}
	return ctx.Err()
}

// measure makes the chosen faults, so many at a time, and says on stderr what became of each.
func measure(ctx context.Context, bin, dir string, beside int, chosen func(fault) bool) []outcome {
	var all []outcome
	for _, f := range everyFault() {
		if chosen(f) {
			all = append(all, outcome{fault: f})
		}
	}
	var running sync.WaitGroup
	turn := make(chan struct{}, beside)
	for i := range all {
		o := &all[i]
		o.trial = &trial{ctx: ctx, fault: o.fault, bin: bin, dir: filepath.Join(dir, fmt.Sprint(i))}
		if o.without != "" {
			continue
		}
		turn <- struct{}{}
		running.Go(func() {
			defer func() { <-turn }()
			if o.err = o.trial.do(); o.err != nil {
				fmt.Fprintf(os.Stderr, "health: %s: %v\n", o.name, o.err)
				return
			}
			fmt.Fprintf(os.Stderr, "health: %s: told after %.1f s, ok again after %.1f s\n", o.name, o.toldAfter.Seconds(), o.againAfter.Seconds())
		})
	}
	running.Wait()
	return all
}

// duplicate copies a program.
func duplicate(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}
