package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/report"
)

// explained is one case from its recording to its patched program.
type explained struct {
	testCase
	variant  string
	expected string // the mechanism
	// found: a finding is at the marked place.
	found     bool
	mechanism analyze.Mechanism
	right     bool // the mechanism is one that expect.json accepts, and the only one named
	cause     string
	atCause   bool // the cause's line is marked as cause
	listed    bool // a marked line is the cause or a candidate
	diff      bool
	compiles  bool
	// after is what compare says of the patched program; "" without a diff.
	after   analyze.Outcome
	seconds float64 // for the report with the source
	failure string
}

// explainer watches cases, explains them from a copy of their source, applies what is proposed and watches again.
type explainer struct {
	watcher
	root string
	// from: use what an earlier run kept, and judge it again.
	from bool
	// watchOnly: explain nothing; quick: explain, and watch no patched program.
	watchOnly, quick bool
}

// explainAll runs all cases: all first watches, then all explanations, then all second watches.
func (x explainer) explainAll(ctx context.Context, cases []testCase, parallel int, progress io.Writer) []explained {
	out := make([]explained, len(cases))
	for i, c := range cases {
		out[i].testCase = c
	}
	if !x.from {
		each(parallel, len(cases), x.duration/4/time.Duration(parallel), func(i int) {
			if _, err := x.watch(ctx, cases[i]); err != nil {
				out[i].failure = err.Error()
			}
			fmt.Fprintf(progress, "accuracy: watched %s %s\n", cases[i].name(), out[i].failure)
		})
	}
	if x.watchOnly {
		return out
	}
	each(2, len(cases), 0, func(i int) {
		if out[i].failure == "" && ctx.Err() == nil {
			if err := x.explain(ctx, &out[i]); err != nil {
				out[i].failure = err.Error()
			}
		}
		fmt.Fprintf(progress, "accuracy: explained %s: %s\n", cases[i].name(), out[i].summary())
	})
	if x.quick {
		return out
	}
	each(parallel, len(cases), x.duration/4/time.Duration(parallel), func(i int) {
		if out[i].failure != "" || !out[i].diff || ctx.Err() != nil {
			return
		}
		if err := x.again(ctx, &out[i]); err != nil {
			out[i].failure = err.Error()
		}
		fmt.Fprintf(progress, "accuracy: patched %s: %s %s\n", cases[i].name(), out[i].after, out[i].failure)
	})
	return out
}

// each calls do for 0 to n-1, so many at a time, the first ones a stagger apart.
func each(parallel, n int, stagger time.Duration, do func(int)) {
	next := make(chan int)
	var wg sync.WaitGroup
	for i := range min(parallel, n) {
		wg.Go(func() {
			time.Sleep(time.Duration(i) * stagger)
			for k := range next {
				do(k)
			}
		})
	}
	for k := range n {
		next <- k
	}
	close(next)
	wg.Wait()
}

// tree is the copy of a case's source that is explained and patched.
func (x explainer) tree(c testCase) string { return filepath.Join(x.keep, c.name(), "tree") }

// copyTree lays out the parts of testdata that a program is built of.
func (x explainer) copyTree(c testCase) error {
	to := x.tree(c)
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	from := filepath.Join(x.root, "testdata")
	for _, part := range []string{"service", filepath.Join(string(c.Kind), c.Program)} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join(from, part))); err != nil {
			return err
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// explain makes the report with the source and judges it.
func (x explainer) explain(ctx context.Context, o *explained) error {
	if err := x.copyTree(o.testCase); err != nil {
		return err
	}
	dir := filepath.Join(x.keep, o.name())
	var a about
	if err := read(filepath.Join(dir, "case.json"), &a); err != nil {
		return err
	}
	o.variant = a.Hello.Variant
	t, err := truthOf(x.root, o.testCase, a.Hello)
	if err != nil {
		return err
	}
	o.expected = t.mechanism
	begin := time.Now()
	cmd := command(ctx, x.logcap, "report", filepath.Join(dir, "recording"), "--source-path", x.tree(o.testCase),
		"-o", "json="+filepath.Join(dir, "explained.json"), "-o", "md="+filepath.Join(dir, "explained.md"))
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("report: %w: %s", err, strings.TrimSpace(said.String()))
	}
	o.seconds = time.Since(begin).Seconds()
	var r report.Report
	if err := read(filepath.Join(dir, "explained.json"), &r); err != nil {
		return err
	}
	f := markedFinding(t, &r)
	if f == nil {
		o.cause = "no finding at the marked place"
		return nil
	}
	o.found, o.mechanism = true, f.Mechanism
	o.right = slices.Contains(t.mechanisms, string(f.Mechanism)) && len(f.Candidates) == 0
	if f.Cause != nil {
		o.cause = fmt.Sprintf("%s:%d", fromTestdata(f.Cause.File), f.Cause.Line)
		o.atCause = t.causeAt(f.Cause.File, f.Cause.Line)
		o.listed = o.atCause
		for _, c := range f.Cause.Candidates {
			o.listed = o.listed || t.causeAt(c.File, c.Line)
		}
	}
	if f.Fix != nil && f.Fix.Diff != nil {
		o.diff = true
		o.compiles = f.Fix.Compiles != nil && *f.Fix.Compiles
		return os.WriteFile(filepath.Join(dir, "fix.diff"), []byte(*f.Fix.Diff), 0o644)
	}
	return nil
}

// fromTestdata cuts a path of a profile down to what it is below testdata.
func fromTestdata(file string) string {
	if i := strings.LastIndex(file, "/testdata/"); i >= 0 {
		return file[i+len("/testdata/"):]
	}
	return file
}

// markedFinding is the finding at a marked place, of several the worst; without
// one that behind which, as the report says, the goroutines of a marked place wait: what it
// says of their cause is what is said of theirs.
func markedFinding(t truth, r *report.Report) *analyze.Finding {
	for i := range r.Findings {
		if t.holds(&r.Findings[i]) {
			return &r.Findings[i]
		}
	}
	for i := range r.Findings {
		if slices.ContainsFunc(r.Findings[i].Victims, func(v analyze.Victim) bool { return t.at(v.Site.Func, v.Site.File, v.Site.Line) }) {
			return &r.Findings[i]
		}
	}
	return nil
}

// again patches the copy of the source, builds it, watches it and compares.
func (x explainer) again(ctx context.Context, o *explained) error {
	dir := filepath.Join(x.keep, o.name())
	tree := x.tree(o.testCase)
	apply := command(ctx, "patch", "-p1", "--fuzz=0", "-i", filepath.Join(dir, "fix.diff"))
	apply.Dir = tree
	if out, err := apply.CombinedOutput(); err != nil {
		return fmt.Errorf("apply the diff: %w: %s", err, out)
	}
	bin := filepath.Join(dir, "patched")
	if err := goBuild(ctx, tree, nil, bin+string(filepath.Separator), "./"+string(o.Kind)+"/"+o.Program); err != nil {
		return err
	}
	second := watcher{binaries: binaries{logcap: x.logcap, programs: bin}, keep: filepath.Join(dir, "again"), duration: x.duration, interval: x.interval}
	if _, err := second.watch(ctx, o.testCase); err != nil {
		return err
	}
	cmd := command(ctx, x.logcap, "compare", filepath.Join(dir, "recording"), filepath.Join(dir, "again", o.name(), "recording"), "-o", "json="+filepath.Join(dir, "compare.json"))
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return err
	}
	var c struct {
		Verdict analyze.Outcome `json:"verdict"`
	}
	if err := read(filepath.Join(dir, "compare.json"), &c); err != nil {
		return err
	}
	o.after = c.Verdict
	return nil
}

func (o *explained) summary() string {
	if o.failure != "" {
		return o.failure
	}
	word := func(ok bool, s string) string {
		if ok {
			return s
		}
		return "NOT " + s
	}
	s := fmt.Sprintf("%s %s, cause %s %s", o.mechanism, word(o.right, "right"), o.cause, word(o.atCause, "right"))
	if o.diff {
		s += ", diff " + word(o.compiles, "compiles")
	}
	return s
}

// runExplain is the command with -explain.
func runExplain(ctx context.Context, o options, stdout, stderr io.Writer) int {
	all, err := explainCases(ctx, o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "accuracy: %v\n", err)
		return 1
	}
	document := explainTable(all)
	fmt.Fprint(stdout, document)
	if o.markdown != "" {
		if err := os.WriteFile(o.markdown, []byte(document), 0o644); err != nil {
			fmt.Fprintf(stderr, "accuracy: %v\n", err)
			return 1
		}
	}
	wrong := func(x explained) bool {
		return x.failure != "" || x.diff && !x.compiles || o.strict && !(x.right && x.atCause && x.after == analyze.OutcomeFixed)
	}
	if ctx.Err() != nil || len(all) == 0 || slices.ContainsFunc(all, wrong) {
		return 1
	}
	return 0
}

func explainCases(ctx context.Context, o options, stderr io.Writer) ([]explained, error) {
	k := leaky
	if o.unseen {
		k = unseen
	}
	names, err := programs(root, k)
	if err != nil {
		return nil, err
	}
	cases := o.explainable(names, k)
	if o.from != "" {
		if cases, err = kept(o.from); err != nil {
			return nil, err
		}
	}
	cases = slices.DeleteFunc(cases, func(c testCase) bool { return c.Kind != k || !o.only.MatchString(c.name()) })
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
	fmt.Fprintf(stderr, "accuracy: %d cases, kept in %s\n", len(cases), folder)
	bin, err := os.MkdirTemp("", "logcap-accuracy-bin-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(bin)
	toBuild := cases
	if o.from != "" {
		toBuild = nil
	}
	built, err := build(ctx, root, bin, o.logcap, toBuild)
	if err != nil {
		return nil, err
	}
	x := explainer{watcher: watcher{binaries: built, keep: folder, duration: o.duration, interval: o.interval}, root: root, from: o.from != "", quick: o.quick, watchOnly: o.watchOnly}
	return x.explainAll(ctx, cases, o.parallel, stderr), nil
}
