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
	"slices"
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
	soon    time.Duration // how long after the fault docs/deploy.md promises it
	back    time.Duration // how long after its end docs/deploy.md promises "ok" again
	quick   bool          // part of a quick run
	without string        // why it cannot be made here; "": it can
	run     func(*trial) error
}

// outcome is what became of one fault, each time that it was made.
type outcome struct {
	fault

	mu          sync.Mutex
	told, again time.Duration // the longest
	what        problem
	besides     []string // subjects of what else was told
	errs        []error
}

// add is one more time.
func (o *outcome) add(t *trial, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.told, o.again = max(o.told, t.toldAfter), max(o.again, t.againAfter)
	if t.what.Subject != "" {
		o.what = problem{Subject: t.plain(t.what.Subject), Text: t.plain(t.what.Text)}
	}
	for _, subject := range t.besides {
		if subject = t.plain(subject); !slices.Contains(o.besides, subject) {
			o.besides = append(o.besides, subject)
		}
	}
	if err != nil {
		o.errs = append(o.errs, err)
	}
}

// held says that both bars are: what cannot be made here misses none.
func (o *outcome) held() bool { return len(o.errs) == 0 }

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
	var beside, times int
	var hold time.Duration
	flag.StringVar(&bin, "bin", "", "logcap to judge (default: built from this tree)")
	flag.StringVar(&only, "only", "", "only the faults with this in their name")
	flag.BoolVar(&quick, "quick", false, "three faults, in less than 40 s")
	flag.IntVar(&beside, "beside", 3, "faults that are made at a time, each with a collector of its own")
	flag.IntVar(&times, "times", 1, "how often each fault is made, at moments taken at random; the longest times count")
	flag.DurationVar(&hold, "hold", 3*time.Second, "how long a fault lasts after it was told, and up to 5 s more")
	flag.StringVar(&md, "markdown", "", "put the table into this page, as docs/health.md, or make one of it")
	flag.Parse()
	if flag.NArg() > 0 || beside < 1 || times < 1 || hold < 0 {
		return errors.New("usage: go run ./scripts/health [-bin FILE] [-quick] [-only TEXT] [-beside N] [-times N] [-hold DURATION] [-markdown FILE]; N is 1 at least")
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
	var all []*outcome
	for _, f := range everyFault() {
		if (!quick || f.quick) && strings.Contains(f.name, only) {
			all = append(all, &outcome{fault: f})
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("no fault has %q in its name", only)
	}
	measure(all, beside, times, func(o *outcome, n int) *trial {
		return &trial{ctx: ctx, fault: o.fault, bin: own, dir: filepath.Join(dir, fmt.Sprintf("%d-%d", slices.Index(all, o), n)), hold: hold}
	})
	text := table(all, times, hold, time.Since(began))
	fmt.Print(text)
	if md != "" {
		if err := write(md, text); err != nil {
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

// measure makes the faults, so many beside each other and each so many times,
// and says on stderr what became of it.
func measure(all []*outcome, beside, times int, begin func(*outcome, int) *trial) {
	var running sync.WaitGroup
	turn := make(chan struct{}, beside)
	for n := range times {
		for _, o := range all {
			if o.without != "" {
				continue
			}
			turn <- struct{}{}
			running.Go(func() {
				defer func() { <-turn }()
				t := begin(o, n)
				err := t.do()
				if o.add(t, err); err != nil {
					fmt.Fprintf(os.Stderr, "health: %s: %v\n", o.name, err)
					return
				}
				fmt.Fprintf(os.Stderr, "health: %s: told after %.1f s, ok again after %.1f s\n", o.name, t.toldAfter.Seconds(), t.againAfter.Seconds())
			})
		}
	}
	running.Wait()
}

// duplicate copies a program.
func duplicate(to, from string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}
