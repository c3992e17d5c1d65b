//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"time"
)

// tally is what all trials gave.
type tally struct {
	of                   map[string]*kindTally // by fate
	live, failed, births int
	wrong                []string
}

type kindTally struct {
	processes, whole, opening int
	slowest                   time.Duration
	wrong                     int
}

func newTally() *tally { return &tally{of: map[string]*kindTally{}} }

func (s *tally) add(t *trial) {
	k := s.of[t.fate.name]
	if k == nil {
		k = &kindTally{}
		s.of[t.fate.name] = k
	}
	k.processes++
	k.whole += t.whole
	if t.atOpening {
		k.opening++
	}
	k.slowest = max(k.slowest, t.slowest)
	k.wrong += len(t.wrong)
	for _, w := range t.wrong {
		s.wrong = append(s.wrong, "a process that "+t.fate.name+": "+w)
	}
	if t.table != nil {
		s.live, s.failed, s.births = s.live+t.table.live, s.failed+t.table.failed, s.births+t.table.births
	}
}

func (s *tally) print(w io.Writer) {
	fmt.Fprintf(w, "%s/%s, %s, %d processors\n\n", runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU())
	fmt.Fprintln(w, "| the process | ended within a reading | of them within the opening | whole tables before | slowest reading | wrong |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	var sum kindTally
	row := func(name string, k *kindTally) {
		fmt.Fprintf(w, "| %s | %d | %d | %d | %.0f ms | %d |\n", name, k.processes, k.opening, k.whole, k.slowest.Seconds()*1e3, k.wrong)
	}
	for _, name := range slices.Sorted(maps.Keys(s.of)) {
		k := s.of[name]
		row(name, k)
		sum.processes, sum.opening, sum.whole, sum.wrong = sum.processes+k.processes, sum.opening+k.opening, sum.whole+k.whole, sum.wrong+k.wrong
		sum.slowest = max(sum.slowest, k.slowest)
	}
	row("all", &sum)
	fmt.Fprintf(w, "\n%d goroutines in whole tables, %d not read after retries (%.3f in 1,000); %d births, each the same in every scan.\n",
		s.live, s.failed, 1e3*float64(s.failed)/float64(max(s.live, 1)), s.births)
	for i, why := range s.wrong {
		if i == 40 {
			fmt.Fprintf(w, "... and %d more\n", len(s.wrong)-i)
			break
		}
		fmt.Fprintln(w, "WRONG:", why)
	}
}
