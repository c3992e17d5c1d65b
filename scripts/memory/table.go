//go:build linux

package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

func printTables(w io.Writer, results []result, noise string) (missed int) {
	fmt.Fprintf(w, "%s/%s, %s, %d processors; %s. Milliseconds: least / median / most.\n\n", runtime.GOOS, runtime.GOARCH, runtime.Version(), runtime.NumCPU(), noise)
	readings(w, results)
	fmt.Fprintln(w)
	noticed(w, results)
	for _, r := range results {
		if r.light != nil {
			lightScan(w, r.light)
		}
	}
	fmt.Fprint(w, "\n| bar | figure | |\n|---|---|---|\n")
	for _, r := range results {
		for _, b := range r.bars() {
			verdict := "met"
			if !b.met {
				verdict = "MISSED"
				missed++
			}
			fmt.Fprintf(w, "| %s | %s | %s |\n", b.text, b.figure, verdict)
		}
	}
	return missed
}

func readings(w io.Writer, results []result) {
	fmt.Fprintln(w, "| goroutines | open | every creator, state and id | snapshot, stacks sampled | snapshot, all stacks | debug=2 | debug=2 ÷ first | memory of the reader: scan, snapshot, all stacks |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, r := range results {
		dump, ratio := "", ""
		if len(r.dump) > 0 {
			dump = fmt.Sprintf("%s, %s", spread(r.dump), megabytes(r.dumpSize))
			ratio = fmt.Sprintf("%.0f", float64(median(r.dump))/float64(median(r.scan)))
		}
		fmt.Fprintf(w, "| %s | %.1f | %s | %s | %s | %s | %s | %s, %s, %s |\n", r.title(), ms(r.open), spread(r.scan), spread(r.snapshot), spread(r.stacks),
			dump, ratio, megabytes(r.peaks["scan"]), megabytes(r.peaks["snapshot"]), megabytes(r.peaks["stacks"]))
	}
}

func (r *result) title() string {
	if r.name == "scattered" {
		return fmt.Sprintf("%d, other objects between their structs", r.goroutines)
	}
	return fmt.Sprint(r.goroutines)
}

// noticed is what the targets noticed.
func noticed(w io.Writer, results []result) {
	fmt.Fprintln(w, "| goroutines | while | stop-the-world pauses | longest | beats of 200 µs | their median gap | longest gap | gaps of 5 ms and more |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, r := range results {
		for _, n := range r.windows {
			fmt.Fprintf(w, "| %s | %s | %d | %.2f ms | %d | %.2f ms | %.1f ms | %d |\n", r.title(), n.what, n.pauses, ms(n.longest),
				n.beats.N, ms(n.beats.Median), ms(n.beats.Longest), n.beats.Late)
		}
	}
}

func lightScan(w io.Writer, l *lightCost) {
	fmt.Fprintf(w, "\nLight scan: %d in %.0f s, %s each; %.2f s of CPU, %s at its peak, %s for a process of this program that reads nothing, %s for `logcap version`.\n",
		len(l.Takes), l.Wall.Seconds(), spread(l.Takes)+" ms", l.CPU.Seconds(), megabytes(l.Peak), megabytes(l.nothing), megabytes(l.version))
}

// bar is what must be reached.
type bar struct {
	text, figure string
	met          bool
}

func (r *result) bars() []bar {
	within := func(what string, takes []time.Duration, most time.Duration) bar {
		m := median(takes)
		return bar{fmt.Sprintf("%s: %s within %.0f ms", r.title(), what, ms(most)), fmt.Sprintf("%.1f ms", ms(m)), m < most}
	}
	var out []bar
	switch r.name {
	case "100000", "scattered":
		out = append(out, within("counts, creators, states and ids", r.scan, 60*time.Millisecond), within("all stacks", r.stacks, 200*time.Millisecond))
	case "1000000":
		out = append(out, within("counts, creators, states and ids", r.scan, time.Second))
	}
	for _, w := range r.windows {
		if w.what == "scan" && r.goroutines >= 100_000 {
			out = append(out, bar{r.title() + ": no stop-the-world pause", fmt.Sprint(w.pauses), w.pauses == 0})
		}
	}
	if len(r.dump) > 0 && r.goroutines >= 100_000 {
		ratio := float64(median(r.dump)) / float64(median(r.scan))
		out = append(out, bar{r.title() + ": at least 80 times as fast as debug=2", fmt.Sprintf("%.0f", ratio), ratio >= 80})
	}
	if l := r.light; l != nil {
		share := l.CPU.Seconds() / l.Wall.Seconds()
		above := l.Peak - l.nothing
		out = append(out, bar{r.title() + ": 20 scans a second take under 2 % of a core", fmt.Sprintf("%.2f %%", 100*share), share < 0.02},
			bar{r.title() + ": at most 15 MB more memory than a process that reads nothing", megabytes(above), above <= 15<<20})
	}
	return out
}

// spread is the least, the median and the most, in milliseconds.
func spread(d []time.Duration) string {
	if len(d) == 0 {
		return ""
	}
	return fmt.Sprintf("%s / %s / %s", digits(slices.Min(d)), digits(median(d)), digits(slices.Max(d)))
}

func digits(d time.Duration) string {
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%.2f", ms(d))
	}
	return fmt.Sprintf("%.0f", ms(d))
}

func median(d []time.Duration) time.Duration {
	if len(d) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}

func ms(d time.Duration) float64 { return d.Seconds() * 1e3 }

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/(1<<20)) }
