package main

import (
	"fmt"
	"runtime"
	"strings"
	"time"
)

// String is a row for people.
func (r result) String() string {
	v := r.verdict
	s := fmt.Sprintf("%-42s %9d lines  lost %d  doubled %d (allowed %d)  reordered %d  mangled %d  %.0f s",
		r.name, v.Expected, v.Lost, v.Doubled, r.allowed, v.Reordered, v.Mangled, r.took.Seconds())
	if r.note != "" {
		s += "  " + r.note
	}
	if !r.ok() {
		s += "  MISSED"
		if r.err != nil {
			s += ": " + r.err.Error()
		}
		for _, m := range r.missing {
			s += "\n    missing or wrong: " + m
		}
	}
	return s
}

// sum is what all cases add up to, for people.
func (p *plan) sum(all []result) string {
	var lines, lost, doubled, reordered uint64
	looks := 0
	for _, r := range all {
		v := r.verdict
		lines, lost, doubled, reordered, looks = lines+v.Expected, lost+v.Lost, doubled+v.Doubled, reordered+v.Reordered, looks+r.looks
	}
	return fmt.Sprintf("%d lines, %d kills, %d ends by SIGTERM, %d reloads (%d refused): %d lost, %d doubled, %d out of order, %d hung; the account was looked at %d times",
		lines, p.tally.kills, p.tally.ended, p.tally.reloads, p.tally.refused, lost, doubled, reordered, p.tally.hung, looks)
}

// markdown is the page that goes to docs/.
func markdown(p *plan, all []result) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What is lost when something breaks

Measured by `+"`go run ./scripts/faults`"+` on %s, %s/%s, %d CPUs, Go %s. %d lines at %d a second for each file that is
rotated, rotated every second, 5 kept; destinations away for %s. logcap is another process, its output is read back
line by line; each line carries its number and a checksum.

Doubled lines are allowed after a kill: those of one checkpoint interval (1 s) each. Of a disk queue, killed at random moments within two seconds of its start, before there may be any
checkpoint, those of 4 s each (docs/queue.md).

| case | lines | lost | doubled | allowed | reordered | mangled | bar | |
|---|---:|---:|---:|---:|---:|---:|---|---|
`, time.Now().UTC().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), strings.TrimPrefix(runtime.Version(), "go"), p.lines, p.rate, p.outage)
	var rest []result
	for _, r := range all {
		if strings.HasPrefix(r.name, "reload") {
			rest = append(rest, r)
			continue
		}
		row(&b, r)
	}
	if len(rest) > 0 {
		fmt.Fprintf(&b, reloadsHead, p.reload, p.rekill)
	}
	for _, r := range rest {
		row(&b, r)
	}
	fmt.Fprintf(&b, "\nIn all: %s.\n", p.sum(all))
	b.WriteString(`
A copytruncate is done by the writer itself, between two writes: what another process writes between the copying and
the truncation is in no file afterwards, and no reader can have it. How the truncation was timed for the others below is
not on record: compare that column with care.

Nothing was lost in these cases; that is no promise for all. The model test of capture/tail, which rotates, tears lines and restarts at random,
fails in 2 of 5000 seeds on ext4 (one loses lines), both where positions do not say when files were created, as on file systems without births. There lines may
also come twice after a restart when the inode of a removed file was given again. What it asks for, and what no reader can know: see ARCHITECTURE.md.

Others in the same cases (1 M lines at 100 k/s, rotated every second, 5 kept; measured earlier, on 2 CPUs):

| | rename | copytruncate | kill -9 twice | kill -9 twice while renaming |
|---|---|---|---|---|
| rsyslog | 0 | 0 | 0 lost | not run |
| fluent-bit | 0 | 0.21 % | 0 lost, 0 doubled | 2.8 % lost, 45 k doubled |
| vlagent | 0 | 2.9–3.4 % | 0 lost, 903 k doubled | 10.9 % lost |
| otelcol, file_storage | 0 | 7.8–9.4 % | 0 lost, 383 k doubled | 3.0 % lost |
| promtail | 20 % | 22 % | 0 lost, 142 k doubled | 81 % lost |
`)
	return b.String()
}

const reloadsHead = `
## While the configuration changes

Three logs of 8000 lines a second each, renamed at random every few seconds, for %v or %d kills. Each reload changes something at random: options of sink a, which is judged; a second sink
(null, file, HTTP to nowhere) comes, goes or becomes another; a source comes and goes, loses one of its logs or has other options; stages; routes; a file with a mistake, which has to be refused; or nothing. A third of them is by SIGHUP, the
others by POST /reload, whose answer is checked. "Failing" is a destination that in turns of 0.5 to 4.5 s is well or answers 500, hangs, resets or is not there. Doubled lines are allowed where a source or a kill makes the collector read again: those of 4 s for each.

| case | lines | lost | doubled | allowed | reordered | mangled | bar | |
|---|---:|---:|---:|---:|---:|---:|---|---|
`

func row(b *strings.Builder, r result) {
	v := r.verdict
	bar := "held"
	if !r.ok() {
		bar = "**missed**"
		if r.err != nil {
			bar += ": " + r.err.Error()
		}
	}
	fmt.Fprintf(b, "| %s | %d | %d | %d | %d | %d | %d | %s | %s |\n", r.name, v.Expected, v.Lost, v.Doubled, r.allowed, v.Reordered, v.Mangled, bar, r.note)
}
