package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"
)

// root is where the sources of the programs are: the script is run from the top of the repository.
const root = "."

// measure watches all cases, or judges kept ones again, and returns the outcomes in the order of the matrix.
func measure(ctx context.Context, o options, progress io.Writer) (*result, error) {
	begin := time.Now()
	cases, err := o.cases()
	if err != nil {
		return nil, err
	}
	folder := o.from
	if folder == "" {
		folder = o.keep
	}
	if folder == "" {
		if folder, err = os.MkdirTemp("", "logcap-accuracy-"); err != nil {
			return nil, err
		}
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	bin, err := os.MkdirTemp("", "logcap-accuracy-bin-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(bin)
	toBuild := cases
	if o.from != "" {
		toBuild = nil
	}
	fmt.Fprintf(progress, "accuracy: building logcap and %d programs\n", distinct(toBuild))
	built, err := build(ctx, root, bin, o.logcap, toBuild)
	if err != nil {
		return nil, err
	}
	r := &result{folder: folder, parallel: o.parallel, watched: o.from == ""}
	if r.logcap, err = version(ctx, built.logcap); err != nil {
		return nil, err
	}
	each := func(ctx context.Context, c testCase) (usage, error) {
		return usage{}, remake(ctx, built.logcap, folder, c)
	}
	stagger := time.Duration(0)
	if r.watched {
		w := watcher{binaries: built, keep: folder, duration: o.duration, interval: o.interval}
		each = w.watch
		// So that the dumps and the judgements at the end of the watches do not all fall together.
		stagger = o.duration / 4 / time.Duration(o.parallel)
		for _, c := range cases {
			r.seconds += w.seconds(c).Seconds()
		}
	} else {
		r.parallel = runtime.NumCPU()
	}
	r.runAll(ctx, cases, stagger, each, progress)
	r.wall = time.Since(begin)
	return r, ctx.Err()
}

// cases are those of the matrix, or the kept ones, whose name is wanted.
func (o options) cases() ([]testCase, error) {
	var all []testCase
	var err error
	if o.from != "" {
		all, err = kept(o.from)
	} else {
		var leakies, healthies []string
		if leakies, err = programs(root, leaky); err != nil {
			return nil, err
		}
		if healthies, err = programs(root, healthy); err != nil {
			return nil, err
		}
		all = o.matrix.cases(leakies, healthies)
	}
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(c testCase) bool { return !o.only.MatchString(c.name()) })
	if len(all) == 0 {
		return nil, fmt.Errorf("no case is named like %q", o.only)
	}
	return all, nil
}

// runAll calls each for every case, r.parallel at a time, and concludes.
func (r *result) runAll(ctx context.Context, cases []testCase, stagger time.Duration, each func(context.Context, testCase) (usage, error), progress io.Writer) {
	r.outcomes = make([]outcome, len(cases))
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan int)
	done := 0
	begin := time.Now()
	for i := range min(r.parallel, len(cases)) {
		wg.Go(func() {
			select {
			case <-time.After(time.Duration(i) * stagger):
			case <-ctx.Done():
			}
			for n := range next {
				used, err := each(ctx, cases[n])
				o := conclude(root, r.folder, cases[n], err)
				mu.Lock()
				r.outcomes[n] = o
				r.logcapCPU += used.logcap
				r.serviceCPU += used.service
				done++
				fmt.Fprintf(progress, "accuracy: %d of %d after %s: %s %s\n", done, len(cases), time.Since(begin).Round(time.Second), o.name(), o.summary())
				mu.Unlock()
			}
		})
	}
	for n := range cases {
		if ctx.Err() != nil {
			break
		}
		next <- n
	}
	close(next)
	wg.Wait()
}

// summary is a case in a few words for the progress.
func (o outcome) summary() string {
	if misses := o.misses(); len(misses) > 0 {
		return "MISS: " + misses[0]
	}
	return string(o.verdict)
}

func distinct(cases []testCase) int {
	names := map[string]bool{}
	for _, c := range cases {
		names[c.Program] = true
	}
	return len(names)
}
