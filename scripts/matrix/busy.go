//go:build linux && (amd64 || arm64)

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/procmem"
)

// failedBar is the share of structs and stacks that may fail also when they are read again.
const failedBar = 0.001

// kinds are the goroutines that the churning target has, by creator and entry:
// for each state it can wait in, its innermost function then.
func kinds() map[[2]string]map[goroutine.State]string {
	return map[[2]string]map[goroutine.State]string{
		{"", "main.main"}:                            {"chan receive": "main.main"},
		{"main.main", "main.serve"}:                  {"syscall": "syscall.Syscall"},
		{"main.churn", "main.churnSleep"}:            {"chan receive": "main.churnSleep"},
		{"main.churn", "main.churnSend"}:             {"sleep": "time.Sleep", "chan receive": "main.churnSend"},
		{"main.churn", "main.churnSelect"}:           {"sleep": "time.Sleep", "chan send": "main.churnSelect"},
		{"main.churn", "main.churnYield"}:            {"sleep": "time.Sleep", "chan receive": "main.churnYield"},
		{"main.churnSleep", "main.churnSleep.func1"}: {"sleep": "time.Sleep"},
		{"main.churnSend", "main.sendOne"}:           {"chan send": "main.sendOne"},
		{"main.churnSelect", "main.chooseOne"}:       {"select": "main.chooseOne"},
		{"main.churnYield", "main.yieldOften"}:       {},
	}
}

// busyTally is what the scans of the churning process brought.
type busyTally struct {
	scans, structs, rows   int
	failed, retried, stack int // stack: of those rows, without a stack of their own
	wrong                  int
	examples               []string
}

// busy scans a process whose goroutines come and go, and checks every row.
func busy(ctx context.Context, o options, dir string) (r result, err error) {
	bin, err := builds()[0].compile(ctx, o.root, dir, o.versions[max(0, len(o.versions)-2)])
	if err != nil {
		return r, err
	}
	t, err := startTarget(ctx, bin, "churn")
	if err != nil {
		return r, err
	}
	defer func() {
		if stopped := t.stop(); err == nil {
			err = stopped
		}
	}()
	var tally busyTally
	for ; tally.scans < o.scans && ctx.Err() == nil; tally.scans++ {
		s, scan, err := t.reader.Snapshot(procmem.Options{AllStacks: true})
		if err != nil {
			return r, err
		}
		tally.add(s, scan)
	}
	r.table = tally.table()
	if float64(tally.failed) > failedBar*float64(tally.structs) {
		r.fail("%d of %d structs failed, more than 1 in 1,000", tally.failed, tally.structs)
	}
	if float64(tally.stack) > failedBar*float64(tally.rows) {
		r.fail("%d of %d stacks failed, more than 1 in 1,000", tally.stack, tally.rows)
	}
	if tally.wrong > 0 {
		r.fail("%d rows are wrong, as %s", tally.wrong, strings.Join(tally.examples, "; "))
	}
	return r, ctx.Err()
}

func (t *busyTally) add(s *goroutine.Snapshot, scan procmem.Scan) {
	t.structs += scan.Live + scan.Dead + scan.Unused + scan.Failed
	t.failed += scan.Failed
	t.retried += scan.Retried
	t.stack += s.Failed - scan.Failed
	t.rows += s.Total
	ids := map[uint64]bool{}
	for i := range s.Stacks {
		st := &s.Stacks[i]
		if why := wrongRow(st); why != "" {
			t.wrong += st.Count
			if len(t.examples) < 5 {
				t.examples = append(t.examples, why)
			}
		}
		for _, g := range st.Goroutines {
			if ids[g.ID] {
				t.wrong++
				t.examples = append(t.examples, fmt.Sprintf("goroutine %d is there twice", g.ID))
			}
			ids[g.ID] = true
		}
	}
}

// wrongRow says what cannot be: a creator that starts no such entry, a state
// that it cannot be in, a stack that is not that state's. "" when all can be.
func wrongRow(st *goroutine.Stack) string {
	n := len(st.Frames)
	if n == 0 {
		return fmt.Sprintf("[%s] without frames, created by %s", st.State, st.Created.Func)
	}
	first, entry := st.Frames[0], st.Frames[n-1]
	states, ok := kinds()[[2]string{st.Created.Func, entry.Func}]
	if !ok {
		return fmt.Sprintf("%s created by %s", entry.Func, st.Created.Func)
	}
	inner, ok := states[st.State]
	switch {
	case !ok && slices.Contains([]goroutine.State{"running", "runnable", "preempted", "copystack", "syscall"}, st.State):
		return "" // all can be that, anywhere
	case ok && (inner == first.Func || n == 1 && first.Line == first.Start): // or its stack was not read
		return ""
	}
	return fmt.Sprintf("%s is in [%s] at %s:%d", entry.Func, st.State, first.Func, first.Line)
}

func (t *busyTally) table() string {
	million := func(n, of int) string { return fmt.Sprintf("%.1f", 1e6*float64(n)/float64(max(of, 1))) }
	return "| scans | structs | read again, per million | failed then, per million | goroutines | without their own stack, per million | wrong rows |\n|---|---|---|---|---|---|---|\n" +
		fmt.Sprintf("| %d | %d | %s | %s | %d | %s | %d |\n", t.scans, t.structs, million(t.retried, t.structs), million(t.failed, t.structs),
			t.rows, million(t.stack, t.rows), t.wrong)
}
