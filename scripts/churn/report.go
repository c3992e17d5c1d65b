package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// mostFirst is how long the first line of every container may take without any configuration.
const mostFirst = time.Second

// report prints what was seen, and is an error when a bar was missed.
func report(o *options, f *fleet, p *proxy, first time.Duration, samples []sample, leaks error) error {
	v := f.judge.Verdict()
	var missed []string
	miss := func(bad bool, format string, args ...any) {
		if bad {
			missed = append(missed, fmt.Sprintf(format, args...))
		}
	}
	if len(samples) < 2 {
		return errors.New("too short for two samples")
	}
	most, mostFDs := 0, 0
	for _, s := range samples {
		most, mostFDs = max(most, s.goroutines), max(mostFDs, s.descriptors)
	}
	// Flat: the last third has no more than the first, but for a container that is just being replaced.
	third := max(1, len(samples)/3)
	early, late := mean(samples[:third]), mean(samples[len(samples)-third:])
	miss(first > mostFirst, "without configuration the first lines came after %v", first)
	miss(v.Expected == 0, "nothing was written")
	miss(v.Lost > 0, "%d lines lost: %s", v.Lost, strings.Join(f.judge.Missing(), ", "))
	miss(v.Doubled > 0, "%d lines doubled", v.Doubled)
	miss(v.Reordered > 0, "%d lines out of order", v.Reordered)
	miss(v.Mangled > 0, "%d lines mangled: %s", v.Mangled, strings.Join(f.judge.Missing(), ", "))
	miss(most > o.most, "%d goroutines, allowed %d", most, o.most)
	miss(late > early+3, "goroutines grew from %.1f to %.1f", early, late)
	miss(leaks != nil, "%v", leaks)
	begin, last := samples[0], samples[len(samples)-1]
	seconds := (last.at - begin.at).Seconds()
	text := fmt.Sprintf(`| | |
|---|---:|
| containers, lines a second of each | %d, %d |
| logs are read by | %s |
| time | %v |
| without configuration, a line of every container was there after | %.2f s (allowed %v) |
| connections cut | %d |
| restarts, replacements, renames, pauses | %d, %d, %d, %d |
| lines written | %d |
| lost | %d |
| doubled | %d |
| out of order | %d |
| mangled | %d |
| read again after a cut, recognised and not sent twice | %d |
| goroutines, most | %d (allowed %d) |
| goroutines, first and last third | %.1f, %.1f |
| descriptors, most | %d |
| CPU | %.1f %% of a core |
| resident, last | %.0f MB |
| `+"`logcap leak-watch --fail-on suspect`"+` meanwhile | %s |
`, o.containers, o.rate, o.read, o.duration, first.Seconds(), mostFirst, p.cuts.Load(), f.did["restart"], f.did["replace"], f.did["rename"], f.did["pause"],
		v.Expected, v.Lost, v.Doubled, v.Reordered, v.Mangled, last.doubles, most, o.most, early, late, mostFDs,
		100*(last.cpu-begin.cpu)/seconds, float64(last.resident)/1e6, map[bool]string{true: "exit 0", false: "failed"}[leaks == nil])
	fmt.Print(text)
	if o.md != "" {
		page := fmt.Sprintf("# Containers that come and go\n\nMeasured by `go run ./scripts/churn` on %s, %s/%s, %d CPUs, against a real Docker engine\nthrough a proxy that cuts every connection after 2 to 8 s. Each line carries its number and a checksum.\n\n%s",
			time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), text)
		if len(missed) > 0 {
			page += "\nMissed: " + strings.Join(missed, "; ") + "\n"
		}
		if err := os.WriteFile(o.md, []byte(page), 0o644); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		return errors.New(strings.Join(missed, "; "))
	}
	return nil
}

func mean(samples []sample) float64 {
	n := 0
	for _, s := range samples {
		n += s.goroutines
	}
	return float64(n) / float64(len(samples))
}
