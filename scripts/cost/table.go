//go:build unix

package main

import (
	"fmt"
	"io"
	"runtime"
)

// The bars.
const (
	targetShare = 0.01 // of a core, what a watch may add to the target
	ownShare    = 0.01 // of a core, what logcap may use itself
	ownMemory   = 40 << 20
)

// printTable writes one row a pair and says which bars were missed.
func printTable(w io.Writer, l load, pairs []pair) (missed int) {
	fmt.Fprintf(w, "\n%d goroutines, watched every %v (%s/%s, %s, %d processors)\n\n", l.goroutines, l.interval,
		runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU())
	fmt.Fprintln(w, "| pair | seconds | ticks | target CPU without | with | added | pauses of 1 ms and more without | with | longest without | with | logcap CPU | logcap memory |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|---|---|---|")
	for i, p := range pairs {
		fmt.Fprintf(w, "| %d | %.0f | %d | %.2f %% | %.2f %% | %.2f %% | %d | %d | %.2f ms | %.2f ms | %.2f %% | %.0f MB |\n",
			i+1, p.with.Seconds, p.with.Ticks, percent(p.without.TargetCPU, p.without), percent(p.with.TargetCPU, p.with), 100*added(p),
			p.without.Long, p.with.Long, 1e3*p.without.Longest, 1e3*p.with.Longest, percent(p.with.CPU, p.with), float64(p.with.RSS)/(1<<20))
	}
	for _, bar := range bars(l, pairs) {
		verdict := "met"
		if !bar.met {
			verdict = "MISSED"
			missed++
		}
		fmt.Fprintf(w, "\n%s: %s", bar.text, verdict)
	}
	fmt.Fprintln(w)
	return missed
}

type bar struct {
	text string
	met  bool
}

func bars(l load, pairs []pair) []bar {
	var long, paired uint64
	var share, own float64
	var memory int64
	for _, p := range pairs {
		long, paired = long+p.with.Long, paired+p.without.Long
		share += added(p) / float64(len(pairs))
		own += p.with.CPU / p.with.Seconds / float64(len(pairs))
		memory = max(memory, p.with.RSS)
	}
	list := []bar{
		// A small target is dumped every few seconds, which stops it for a moment by design.
		{fmt.Sprintf("pauses of 1 ms and more: %d with logcap, %d without", long, paired), long <= paired || l.small},
		{fmt.Sprintf("added to the target: %.2f %% of a core, at most %.0f %%", 100*share, 100*targetShare), share <= targetShare},
	}
	if l.small {
		list = append(list,
			bar{fmt.Sprintf("logcap itself: %.2f %% of a core, under %.0f %%", 100*own, 100*ownShare), own < ownShare},
			bar{fmt.Sprintf("logcap's memory: %.0f MB, at most 40 MB", float64(memory)/(1<<20)), memory <= ownMemory})
	}
	return list
}

// added is the share of a core that the watch cost the target.
func added(p pair) float64 {
	return p.with.TargetCPU/p.with.Seconds - p.without.TargetCPU/p.without.Seconds
}

func percent(cpu float64, w window) float64 { return 100 * cpu / w.Seconds }

// maxRSS is getrusage's ru_maxrss in bytes: kilobytes but on macOS.
func maxRSS(rss int64) int64 {
	if runtime.GOOS == "darwin" {
		return rss
	}
	return rss << 10
}
