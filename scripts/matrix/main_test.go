//go:build linux && (amd64 || arm64)

package main

import (
	"bytes"
	"context"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/internal/agree"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestQuick is the whole of it, in short, with the toolchain at hand.
func TestQuick(t *testing.T) {
	args := []string{"-quick", "-versions", runtime.Version(), "-scans", "100"}
	o, err := parse(args, &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	o.root = "../.."
	if _, err := exec.LookPath("cc"); err != nil {
		o.builds = o.builds[:1] // the other needs a C compiler, as the race detector does
	}
	var out, said bytes.Buffer
	if code := all(context.Background(), o, &out, &said); code != 0 {
		t.Errorf("exit %d\n%s\n%s", code, out.String(), said.String())
	}
	if n := strings.Count(out.String(), "|---|"); n != 3 {
		t.Errorf("%d tables, want 3:\n%s", n, out.String())
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"extra"}, {"-part", "nonsense"}, {"-versions", " "}, {"-scans", "0"}, {"-quick", "-update"}, {"-nonsense"}} {
		var out, errs bytes.Buffer
		if code := run(context.Background(), args, &out, &errs); code != 2 || errs.Len() == 0 {
			t.Errorf("%v: exit %d, said %q", args, code, errs.String())
		}
	}
}

func TestBetween(t *testing.T) {
	const mark = "<!-- made by: go run ./scripts/matrix -update -part busy -->\n"
	got, err := between("before\n"+mark+"old\n<!-- end -->\nafter", partBusy, "new\n")
	if want := "before\n" + mark + "new\n<!-- end -->\nafter"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	for _, text := range []string{"", mark, "<!-- end -->", strings.Replace(mark, "busy", "programs", 1) + "<!-- end -->"} {
		if got, err := between(text, partBusy, "new\n"); err == nil {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestWrongRow: a row that cannot be is told from one that can.
func TestWrongRow(t *testing.T) {
	stack := func(creator string, state goroutine.State, names ...string) *goroutine.Stack {
		st := &goroutine.Stack{State: state, Created: goroutine.Frame{Func: creator}, Count: 1}
		for _, n := range names {
			st.Frames = append(st.Frames, goroutine.Frame{Func: n, Line: 9, Start: 7})
		}
		return st
	}
	for name, tt := range map[string]struct {
		st    *goroutine.Stack
		wrong bool
	}{
		"waits":                 {stack("main.churnSelect", "select", "main.chooseOne"), false},
		"sleeps":                {stack("main.churn", "sleep", "time.Sleep", "main.churnSend"), false},
		"runs":                  {stack("main.churnYield", "running", "main.yieldOften"), false},
		"another's entry":       {stack("main.churnSelect", "select", "main.sendOne"), true},
		"another's state":       {stack("main.churnSelect", "chan send", "main.chooseOne"), true},
		"another state's stack": {stack("main.churn", "sleep", "main.churnSend"), true},
		"unknown creator":       {stack("main.nobody", "select", "main.chooseOne"), true},
		"no frames":             {stack("main.churnSelect", "runnable"), true},
	} {
		if why := wrongRow(tt.st); (why != "") != tt.wrong {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// TestTakeWriter takes out what the dump causes, and nothing else.
func TestTakeWriter(t *testing.T) {
	serve := []goroutine.Frame{{Func: "net/http.(*conn).serve"}}
	writer := agree.Row{ID: 5, Parent: 2, State: "running", Frames: serve, Created: goroutine.Frame{Func: "net/http.(*Server).Serve", Line: 9}}
	waiting := writer
	waiting.State = "IO wait"
	watcher := agree.Row{ID: 6, Parent: 5, Created: goroutine.Frame{Func: "net/http.(*connReader).startBackgroundRead"}}
	others := watcher
	others.ID, others.Parent = 7, 4
	before := map[uint64]agree.Row{5: waiting, 7: others}
	dump := map[uint64]agree.Row{5: writer, 6: watcher, 7: others}
	after := map[uint64]agree.Row{5: waiting, 7: others}
	if d := takeWriter(before, dump, after); len(d) != 0 || len(before) != 1 || len(dump) != 1 || len(after) != 1 {
		t.Errorf("%v; left are %v, %v, %v", d, before, dump, after)
	}
	waiting.Created.Line = 8
	if d := takeWriter(map[uint64]agree.Row{5: waiting}, map[uint64]agree.Row{5: writer}, nil); len(d) != 1 || d[0].Field != agree.Creation {
		t.Errorf("another line of creation: %v", d)
	}
	if d := takeWriter(nil, map[uint64]agree.Row{5: writer}, nil); len(d) != 1 || d[0].Field != agree.Presence {
		t.Errorf("a writer that was not there before: %v", d)
	}
	if d := takeWriter(nil, map[uint64]agree.Row{7: others}, nil); len(d) != 1 {
		t.Errorf("a dump without its writer: %v", d)
	}
}

// TestStatesBar: more than one state in a thousand that differs is a failure.
func TestStatesBar(t *testing.T) {
	runs := []programRun{{folder: "leaky"}, {folder: "healthy"}}
	for differ, want := range map[int]int{0: 0, 2: 0, 3: 1} {
		var r result
		r.judge(runs, []view{{states: 1500, statesDiffer: differ}, {states: 500}})
		if len(r.failures) != want || !strings.Contains(r.table, "| leaky | 1 |") {
			t.Errorf("%d of 2,000 differ: %v\n%s", differ, r.failures, r.table)
		}
	}
	var r result
	if r.judge(runs, make([]view, 2)); len(r.failures) != 1 {
		t.Errorf("nothing was compared, and that passes: %v", r.failures)
	}
}
