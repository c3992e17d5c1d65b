package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

// spare is how many goroutines logcap may have beside one for each container.
const spare = 100

// third is what was seen in a third of the time.
type third struct{ goroutines, descriptors, cpu, own float64 }

func thirdOf(samples []sample) third {
	var t third
	for _, s := range samples {
		t.goroutines += float64(s.goroutines) / float64(len(samples))
		t.descriptors += float64(s.usage.Descriptors) / float64(len(samples))
	}
	first, last := samples[0], samples[len(samples)-1]
	seconds := (last.at - first.at).Seconds()
	t.cpu = 100 * (last.usage.CPU - first.usage.CPU).Seconds() / seconds
	t.own = 100 * (last.own - first.own).Seconds() / seconds
	return t
}

// seen is what a run has shown of logcap, but for its lines.
type seen struct {
	samples  []sample
	followed time.Duration // until all containers were
	drained  time.Duration // after the last container had stopped
	said     int           // lines
	leaks    error         // what leak-watch said
}

// report prints what was seen, and is an error when a bar was missed.
func report(o *options, f *fleet, r *seen) error {
	samples, leaks := r.samples, r.leaks
	if len(samples) < 9 {
		return errors.New("too short: there is less than a sample for a third of the time")
	}
	v, counts := f.judge.Verdict(), f.engine.Counts()
	goroutines, descriptors, resident := 0, 0, int64(0)
	for _, s := range samples {
		goroutines, descriptors, resident = max(goroutines, s.goroutines), max(descriptors, s.usage.Descriptors), max(resident, s.usage.Resident)
	}
	n := len(samples) / 3
	early, late := thirdOf(samples[:n]), thirdOf(samples[len(samples)-n:])
	var missed []string
	miss := func(bad bool, format string, args ...any) {
		if bad {
			missed = append(missed, fmt.Sprintf(format, args...))
		}
	}
	// Flat: containers that are just being replaced, and streams just being opened again, make a few more or less.
	margin := 3 + 0.01*float64(o.containers)
	miss(v.Expected == 0, "nothing was written")
	miss(counts.Forgotten > 0, "the stand-in had forgotten %d lines that were asked for", counts.Forgotten)
	miss(v.Lost > 0, "%d lines lost: %s", v.Lost, strings.Join(f.judge.Missing(), ", "))
	miss(v.Doubled > 0, "%d lines doubled", v.Doubled)
	miss(v.Reordered > 0, "%d lines out of order", v.Reordered)
	miss(v.Mangled > 0, "%d lines mangled: %s", v.Mangled, strings.Join(f.judge.Missing(), ", "))
	miss(v.Others > 0, "%d lines that nobody wrote", v.Others)
	miss(goroutines > o.containers+spare, "%d goroutines, allowed %d", goroutines, o.containers+spare)
	miss(late.goroutines > early.goroutines+margin, "goroutines grew from %.1f to %.1f", early.goroutines, late.goroutines)
	miss(late.descriptors > early.descriptors+margin, "descriptors grew from %.1f to %.1f", early.descriptors, late.descriptors)
	// What else runs on the machine makes every instruction dearer, those of the engine beside it as well.
	miss(late.cpu/late.own > 1.25*early.cpu/early.own, "CPU grew from %.1f %% to %.1f %% of a core, that of the engine beside it from %.1f %% to %.1f %%", early.cpu, late.cpu, early.own, late.own)
	miss(leaks != nil, "%v", leaks)
	watch := map[bool]string{true: "exit 0", false: "failed"}[leaks == nil]
	if !o.leakWatch {
		watch = "not run"
	}
	text := fmt.Sprintf(`| | |
|---|---:|
| containers, lines a second of each | %d, %d |
| time | %v |
| connections cut, streams stalled, streams that ended before the last lines | %d, %d, %d |
| restarts, replacements, jobs of a moment, renames, pauses | %d, %d, %d, %d, %d |
| lines written | %d |
| lost | %d |
| doubled | %d |
| out of order | %d |
| mangled | %d |
| read again after a cut, recognised and not sent twice | %.0f |
| goroutines, most | %d (allowed %d) |
| goroutines, first and last third | %.1f, %.1f |
| descriptors, most | %d |
| descriptors, first and last third | %.1f, %.1f |
| CPU, first and last third, %% of a core | %.1f, %.1f |
| CPU of the engine and the containers beside it | %.1f, %.1f |
| resident, most | %.0f MB |
| all containers are followed after | %.1f s |
| read to the end after the last container had stopped | %.1f s |
| lines that logcap wrote to stderr | %d |
| `+"`logcap leak-watch --fail-on suspect`"+` meanwhile | %s |
`, o.containers, o.rate, o.duration, counts.Cut, counts.Stalled, counts.Early, f.did["restart"], f.did["replace"], f.did["job"], f.did["rename"], f.did["pause"],
		v.Expected, v.Lost, v.Doubled, v.Reordered, v.Mangled, samples[len(samples)-1].doubles, goroutines, o.containers+spare, early.goroutines, late.goroutines,
		descriptors, early.descriptors, late.descriptors, early.cpu, late.cpu, early.own, late.own, float64(resident)/1e6, r.followed.Seconds(), r.drained.Seconds(), r.said, watch)
	fmt.Print(text)
	if o.md != "" {
		if err := add(o.md, text, missed); err != nil {
			return err
		}
	}
	if len(missed) > 0 {
		return errors.New(strings.Join(missed, "; "))
	}
	return nil
}

// add appends the table, and what it was measured on, to a file.
func add(path, text string, missed []string) error {
	page := fmt.Sprintf("\nMeasured by `go run ./scripts/thousand %s` on %s, %s/%s, %d CPUs, %s:\n\n%s",
		strings.Join(os.Args[1:], " "), time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version(), text)
	if len(missed) > 0 {
		page += "\n**Missed**: " + strings.Join(missed, "; ") + "\n"
	}
	w, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = w.WriteString(page)
	return errors.Join(err, w.Close())
}
