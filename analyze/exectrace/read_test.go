package exectrace

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/analyze/goroutine"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestGolden reads the trace of testdata/program under every Go version and
// compares births and activity with what a reader of its source expects.
func TestGolden(t *testing.T) {
	traces, err := filepath.Glob("testdata/*.trace")
	if err != nil || len(traces) < 6 {
		t.Fatalf("want the traces of six Go versions, have %v (%v)", traces, err)
	}
	for _, path := range traces {
		t.Run(filepath.Base(path), func(t *testing.T) {
			tr := readFile(t, path)
			if tr.Truncated {
				t.Error("a whole trace is called truncated")
			}
			if tr.Seconds < 0.02 || tr.Seconds > 5 {
				t.Errorf("the program ran for some 30 ms, the trace says %v s", tr.Seconds)
			}
			golden(t, strings.TrimSuffix(path, ".trace")+".golden", describe(tr))
		})
	}
}

// TestBirths states the point of the package in code: the go line of user code
// behind a launcher, whole family lines, and nothing of the tracer's own.
func TestBirths(t *testing.T) {
	tr := readFile(t, "testdata/go1.26.trace")
	var launched, grandchild int
	for _, b := range tr.Births {
		if slices.ContainsFunc(b.Creator, func(f goroutine.Frame) bool { return strings.HasPrefix(f.Func, "runtime/trace") }) {
			t.Errorf("a birth of the tracer is listed: %+v", b)
		}
		if b.Key == "main.(*launcher).run" {
			launched++
			want := []string{"sync.(*WaitGroup).Go", "main.(*group).start", "main.(*launcher).launch", "main.main"}
			if diff := cmp.Diff(want, names(b.Creator)); diff != "" {
				t.Errorf("creator of wg.Go(l.run) (-want +got):\n%s", diff)
			}
		}
		for _, parent := range tr.Births {
			if parent.ID == b.Parent {
				grandchild++
			}
		}
	}
	if launched != 2 || grandchild != 1 {
		t.Errorf("launched by wg.Go %d, want 2; born by one that was itself born in the trace %d, want 1", launched, grandchild)
	}
}

// TestActivity: what is blocked for ever ran once and never ended.
func TestActivity(t *testing.T) {
	tr := readFile(t, "testdata/go1.26.trace")
	var stuck, ended int
	for _, b := range tr.Births {
		a := tr.Activity[b.ID]
		switch {
		case a.Ended:
			ended++
		default:
			stuck++
			if a.Runs != 1 || b.Creator[0].Func != "main.main" {
				t.Errorf("%s ran %d times and did not end; only the blocked sender may, after one", b.Entry.Func, a.Runs)
			}
		}
	}
	if stuck != 1 || ended < 8 {
		t.Errorf("%d stuck, want 1; %d ended, want 8 or more", stuck, ended)
	}
}

// TestTruncated cuts a trace at every byte: what came before stands, and the
// cut is told.
func TestTruncated(t *testing.T) {
	whole, err := os.ReadFile("testdata/go1.26.trace")
	if err != nil {
		t.Fatal(err)
	}
	for cut := range whole {
		tr, err := Read(bytes.NewReader(whole[:cut]))
		if cut < headerLen {
			if err == nil {
				t.Fatalf("%d bytes are less than a header and were read", cut)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		// The fixture is one flush long, so every cut is within it.
		if !tr.Truncated {
			t.Fatalf("cut at %d of %d is not called truncated", cut, len(whole))
		}
	}
}

func TestNoTrace(t *testing.T) {
	for name, in := range map[string]string{
		"empty":     "",
		"html":      "<!doctype html><title>no</title>",
		"a profile": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff and on and on",
		"no number": "go trace\x00\x00\x00\x00\x00\x00\x00\x00",
		"odd":       "go 1.2x trace\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			if tr, err := Read(strings.NewReader(in)); err == nil {
				t.Errorf("read as %+v", tr)
			}
		})
	}
}

// FuzzRead: no input makes Read panic, and a trace never claims what it does not hold.
func FuzzRead(f *testing.F) {
	traces, _ := filepath.Glob("testdata/*.trace")
	for _, path := range traces {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		tr, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		for _, b := range tr.Births {
			if _, ok := tr.Activity[b.ID]; !ok {
				t.Errorf("goroutine %d was born and is not in Activity", b.ID)
			}
		}
		if tr.Seconds < 0 {
			t.Errorf("the trace spans %v s", tr.Seconds)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	in, err := os.ReadFile("testdata/go1.26.trace")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(in)); err != nil {
			b.Fatal(err)
		}
	}
}

// describe prints what does not depend on the scheduler's luck: births in
// order of their creator, whether they ended.
func describe(tr *Trace) string {
	var lines []string
	for _, b := range tr.Births {
		if strings.HasPrefix(b.Entry.Func, "runtime.") {
			continue // a garbage collection may fall into the trace or not
		}
		parent := "known"
		if b.Parent == 0 {
			parent = "none"
		}
		lines = append(lines, fmt.Sprintf("key=%s entry=%s:%d creator=%s parent=%s ended=%t",
			b.Key, b.Entry.Func, b.Entry.Line, strings.Join(names(b.Creator), " < "), parent, tr.Activity[b.ID].Ended))
	}
	slices.Sort(lines)
	return tr.GoVersion + "\n" + strings.Join(lines, "\n") + "\n"
}

func names(frames []goroutine.Frame) []string {
	var list []string
	for _, f := range frames {
		list = append(list, f.Func)
	}
	return list
}

func readFile(t *testing.T, path string) *Trace {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tr, err := Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
