// Command faults breaks what a collector depends on and counts what arrives:
// it writes numbered lines, rotates, kills, fills disks and takes destinations
// away, with the real logcap as another process, and judges every line.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// plan is what all cases share.
type plan struct {
	bin    string
	dir    string
	lines  int
	rate   int
	outage time.Duration
	pause  time.Duration
	kills  int
	reload time.Duration // of each case that reloads
	rekill int           // kills of each case that reloads and kills

	tally tally
}

// result is what became of one case.
type result struct {
	name    string
	verdict faults.Verdict
	allowed uint64 // doubled lines that are no defect
	took    time.Duration
	note    string
	missing []string
	looks   int // at the account of the collector
	err     error
}

// ok says that the bar is held.
func (r result) ok() bool {
	v := r.verdict
	return r.err == nil && v.Lost == 0 && v.Reordered == 0 && v.Mangled == 0 && v.Doubled <= r.allowed
}

// oneCase is a way of breaking something.
type oneCase struct {
	name string
	run  func(*plan, string) (result, error)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

func run() error {
	var p plan
	var only, md string
	var quick bool
	flag.StringVar(&p.bin, "bin", "", "logcap to judge (default: built from this tree)")
	flag.StringVar(&p.dir, "dir", "", "where files are written (default: a temporary directory)")
	flag.IntVar(&p.lines, "lines", 1_000_000, "lines of each case that writes a file")
	flag.IntVar(&p.rate, "rate", 100_000, "lines per second")
	flag.DurationVar(&p.outage, "outage", time.Minute, "how long a destination is away")
	flag.DurationVar(&p.pause, "pause", time.Minute, "time between the two parts of a line")
	flag.IntVar(&p.kills, "kills", 20, "kills of each case of a disk queue, and of each that reloads and kills")
	flag.DurationVar(&p.reload, "reload", time.Minute, "how long each case goes on that reloads the configuration")
	flag.BoolVar(&quick, "quick", false, "cases that reload take 4 s, or 8 kills")
	flag.StringVar(&only, "only", "", "only the cases with this in their name")
	flag.StringVar(&md, "md", "", "write the table as Markdown to this file")
	flag.Parse()
	if quick {
		p.reload = min(p.reload, 4*time.Second)
	}
	if p.rekill = p.kills; quick {
		p.rekill = min(p.kills, 8)
	}
	if p.dir == "" {
		dir, err := os.MkdirTemp("", "faults-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		p.dir = dir
	}
	if p.bin == "" {
		p.bin = filepath.Join(p.dir, "logcap")
		if out, err := exec.Command("go", "build", "-o", p.bin, "./cmd/logcap").CombinedOutput(); err != nil {
			return fmt.Errorf("build logcap: %w\n%s", err, out)
		}
	}
	var all []result
	missed := 0
	for _, c := range cases() {
		if !strings.Contains(c.name, only) {
			continue
		}
		dir := filepath.Join(p.dir, strings.Map(plain, c.name))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		began := time.Now()
		r, err := c.run(&p, dir)
		r.name, r.took = c.name, time.Since(began)
		looks, unequal := p.tally.since()
		if looks > 0 && unequal == nil {
			r.note = strings.TrimPrefix(r.note+fmt.Sprintf("; the account added up %d times", looks), "; ")
		}
		r.looks, r.err = looks, errors.Join(r.err, err, unequal)
		if !r.ok() {
			missed++
		}
		all = append(all, r)
		fmt.Println(r)
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	fmt.Println(p.sum(all))
	if md != "" {
		if err := os.WriteFile(md, []byte(markdown(&p, all)), 0o644); err != nil {
			return err
		}
	}
	if missed > 0 {
		return fmt.Errorf("%d of %d cases missed", missed, len(all))
	}
	return nil
}

func plain(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}
