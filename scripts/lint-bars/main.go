// Command lint-bars says what logcap lint finds where the truth is known: in
// the standard library and in logcap itself, which should leave nothing to be
// found, in the healthy programs, and in the leaking ones, whose cause is marked.
//
//	go run ./scripts/lint-bars
//
// It is run at the root of the repository and fails when a bar is missed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/logcap/logcap/analyze/explain/lint"
)

// The bars: what lint must keep below, or reach.
const (
	mostOfStd   = 5
	leastOfBugs = 8
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "lint-bars:", err)
		os.Exit(1)
	}
}

func run() error {
	dir, err := os.MkdirTemp("", "lint-bars-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "logcap")
	if out, err := exec.Command("go", "build", "-o", binary, "./cmd/logcap").CombinedOutput(); err != nil {
		return fmt.Errorf("build logcap: %w\n%s", err, out)
	}
	var missed []error
	std, err := measure(binary, ".", "std")
	if err != nil {
		return err
	}
	if len(std.Reports) > mostOfStd {
		missed = append(missed, fmt.Errorf("the standard library has %d reports, more than %d", len(std.Reports), mostOfStd))
	}
	for _, clean := range [][]string{{".", "./..."}, {"testdata", "./healthy/...", "./service/..."}} {
		found, err := measure(binary, clean[0], clean[1:]...)
		if err != nil {
			return err
		}
		if len(found.Reports) > 0 {
			missed = append(missed, fmt.Errorf("%v has %d reports", clean, len(found.Reports)))
		}
	}
	leaky, err := measure(binary, "testdata", "./leaky/...")
	if err != nil {
		return err
	}
	right, wrong := compare("testdata", leaky.Reports)
	fmt.Printf("\n%d leaking programs are named at a line marked as their cause: %s\n", len(right), strings.Join(right, ", "))
	for _, w := range wrong {
		missed = append(missed, errors.New("not a line marked as cause: "+w))
	}
	if len(right) < leastOfBugs {
		missed = append(missed, fmt.Errorf("%d leaking programs are named, fewer than %d", len(right), leastOfBugs))
	}
	return errors.Join(missed...)
}

// measure runs lint, prints what it says and what it took, and returns it.
func measure(binary, dir string, patterns ...string) (*lint.Result, error) {
	cmd := exec.Command(binary, append([]string{"lint", "-o", "json"}, patterns...)...)
	cmd.Dir = dir
	begin := time.Now()
	out, err := cmd.Output()
	took := time.Since(begin)
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 3) {
		if exit != nil {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return nil, fmt.Errorf("lint %v in %s: %w", patterns, dir, err)
	}
	var found lint.Result
	if err := json.Unmarshal(out, &found); err != nil {
		return nil, fmt.Errorf("lint %v in %s: %w", patterns, dir, err)
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	fmt.Printf("%s in %s: %d packages, %d reports; %.1f s, %.1f s of CPU without the go command, %s\n",
		strings.Join(patterns, " "), dir, found.Packages, len(found.Reports), took.Seconds(), cpu.Seconds(), peak(cmd.ProcessState))
	for _, r := range found.Reports {
		fmt.Printf("  %s:%d: %s [%s]\n", r.File, r.Line, r.Message, r.Mechanism)
	}
	return &found, nil
}

// compare says which programs are named for what they are at a line that is marked as cause, and what else was reported.
func compare(dir string, reports []lint.Report) (right, wrong []string) {
	for _, r := range reports {
		parts := strings.Split(filepath.ToSlash(r.File), "/")
		if len(parts) < 3 || !accepted(filepath.Join(dir, parts[0], parts[1]), r.Mechanism) || !marked(filepath.Join(dir, r.File), r.Line) {
			wrong = append(wrong, fmt.Sprintf("%s:%d [%s]", r.File, r.Line, r.Mechanism))
			continue
		}
		right = append(right, parts[1])
	}
	slices.Sort(right)
	return slices.Compact(right), wrong
}

// accepted says whether a mechanism is right for a program.
func accepted(program, mechanism string) bool {
	text, err := os.ReadFile(filepath.Join(program, "expect.json"))
	if err != nil {
		return false
	}
	var expect struct {
		Mechanism string   `json:"mechanism"`
		Accepted  []string `json:"accepted_mechanisms"`
	}
	return json.Unmarshal(text, &expect) == nil && (expect.Mechanism == mechanism || slices.Contains(expect.Accepted, mechanism))
}

// marked says whether a line's comment has the word cause, in whatever style.
func marked(file string, line int) bool {
	text, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	if line > len(lines) {
		return false
	}
	_, comment, _ := strings.Cut(lines[line-1], "// ")
	return slices.ContainsFunc(strings.Fields(comment), func(w string) bool { return w == "cause" || strings.HasPrefix(w, "cause:") })
}
