package procmem_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/procmem"
	"github.com/logcap/logcap/internal/agree"
)

// parked starts n goroutines that wait until the test ends, and waits until they do.
func parked(t *testing.T, n int, start func(wait func())) {
	t.Helper()
	release := make(chan struct{})
	var began, ended sync.WaitGroup
	t.Cleanup(func() {
		close(release)
		ended.Wait()
	})
	for range n {
		began.Add(1)
		ended.Add(1)
		start(func() {
			defer ended.Done()
			began.Done()
			<-release
		})
	}
	began.Wait()
	for waiting := 0; waiting < n; { // until they are seen to wait
		runtime.Gosched()
		waiting = strings.Count(dumpText(), "procmem_test.parked.func2")
	}
}

func dumpText() string {
	buf := make([]byte, 4<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

func ownReader(t *testing.T) *procmem.Reader {
	t.Helper()
	r, err := procmem.OpenPID(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func snapshot(t *testing.T, r *procmem.Reader, opts procmem.Options) *goroutine.Snapshot {
	t.Helper()
	s, _, err := r.Snapshot(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

//go:noinline
func goNamed(wait func()) { go wait() }

//go:noinline
func goLiteral(wait func()) { go func() { wait() }() }

//go:noinline
func goDeep(wait func()) { go descend(400, wait) }

//go:noinline
func descend(n int, wait func()) {
	if n > 0 {
		descend(n-1, wait)
		return
	}
	wait()
}

// TestOwnProcess: the test process reads itself, and finds what its own dump says.
func TestOwnProcess(t *testing.T) {
	parked(t, 20, goNamed)
	parked(t, 20, goLiteral)
	parked(t, 2, goDeep)
	r := ownReader(t)
	if b := r.Build(); b.GoVersion != runtime.Version() || b.Layout != "table" || !b.Sure {
		t.Errorf("%+v: want %s by the table", b, runtime.Version())
	}
	memory := agree.Rows(snapshot(t, r, procmem.Options{}))
	s, err := goroutine.ReadDump(strings.NewReader(dumpText()))
	if err != nil {
		t.Fatal(err)
	}
	dump := agree.Rows(s)
	if len(dump) < 42 {
		t.Fatalf("the dump has %d goroutines", len(dump))
	}
	for _, d := range agree.Compare(memory, dump) {
		// The test's own goroutine reads memory in one case and writes the dump in the other.
		if dump[d.ID].State == "running" && (d.Field == agree.State || d.Field == agree.Stack) {
			continue
		}
		t.Error(d)
	}
}

// TestSampling: above a limit some stacks are read, and every goroutine is
// counted with its id and creator all the same.
func TestSampling(t *testing.T) {
	parked(t, 100, goNamed)
	parked(t, 50, goLiteral)
	r := ownReader(t)
	all := snapshot(t, r, procmem.Options{SampleAbove: 20, Sample: 7, AllStacks: true})
	// The goroutine that reads is at another place in each read, so its own stack is never believed.
	const reads = 1
	if all.Sampled != 0 || all.Failed > reads {
		t.Errorf("all stacks were asked for: %d sampled, %d failed", all.Sampled, all.Failed)
	}
	some := snapshot(t, r, procmem.Options{SampleAbove: 20, Sample: 7})
	if some.Total != all.Total || some.Failed > reads {
		t.Errorf("%d goroutines and %d failed, want %d and at most 1", some.Total, some.Failed, all.Total)
	}
	// 7 of each of the two sites, and what else this process has.
	if least, most := 14, 14+all.Total-150; some.Sampled < least || some.Sampled > most {
		t.Errorf("%d stacks are said to have been read, want %d to %d", some.Sampled, least, most)
	}
	full, sampled := agree.Rows(all), agree.Rows(some)
	for _, d := range agree.Compare(sampled, full) {
		if full[d.ID].State != "running" && d.Field != agree.State && full[d.ID].Created.Func != "" {
			t.Errorf("sampled: %v", d)
		}
	}
	if below := snapshot(t, r, procmem.Options{SampleAbove: 1000, Sample: 7}); below.Sampled != 0 {
		t.Errorf("%d sampled, and there are fewer than the limit", below.Sampled)
	}
}

// TestScanTally: the light scan gives the same goroutines, and the ended ones.
func TestScanTally(t *testing.T) {
	done := make(chan struct{})
	for range 30 {
		go func() { done <- struct{}{} }()
	}
	for range 30 {
		<-done
	}
	parked(t, 10, goNamed)
	r := ownReader(t)
	live, dead := 0, 0
	tally, err := r.Scan(func(batch []procmem.G) error {
		for i := range batch {
			if batch[i].Dead() {
				dead++
			} else {
				live++
			}
		}
		return nil
	})
	if err != nil || tally.Live != live || tally.Dead != dead || live < 10 || dead < 10 || tally.Failed != 0 {
		t.Errorf("%+v, %v; %d live and %d dead were given", tally, err, live, dead)
	}
	stop := errors.New("enough")
	if _, err := r.Scan(func([]procmem.G) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v, want the caller's own error", err)
	}
}

// TestFramesAsRuntime: the positions that the process's runtime gives for its own
// return addresses, inlined calls included.
func TestFramesAsRuntime(t *testing.T) {
	var want []string
	record := func() {
		pcs := make([]uintptr, 64)
		frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
		for {
			f, more := frames.Next()
			want = append(want, fmt.Sprintf("%s %s:%d", goroutine.Normalise(f.Function), f.File, f.Line))
			if !more {
				return
			}
		}
	}
	asked, answered := make(chan struct{}), make(chan struct{})
	go outermost(func() {
		record()
		asked <- struct{}{}
		<-answered
	})
	<-asked
	defer close(answered)
	r := ownReader(t)
	for _, row := range agree.Rows(snapshot(t, r, procmem.Options{})) {
		n := len(row.Frames)
		if n == 0 || !strings.HasSuffix(row.Frames[n-1].Func, "procmem_test.outermost") {
			continue
		}
		var got []string
		for _, f := range row.Frames {
			got = append(got, fmt.Sprintf("%s %s:%d", f.Func, f.File, f.Line))
		}
		want = slices.DeleteFunc(want, func(s string) bool { // what hides, and what has gone on since
			return strings.HasPrefix(s, "runtime.") || strings.Contains(s, "TestFramesAsRuntime")
		})
		got = slices.DeleteFunc(got, func(s string) bool { return strings.Contains(s, "TestFramesAsRuntime") })
		if len(want) < 4 || !slices.Equal(got, want) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		return
	}
	t.Error("the goroutine was not found")
}

//go:noinline
func outermost(f func()) { inlinedOnce(f) }

func inlinedOnce(f func()) { inlinedInto(f) }

func inlinedInto(f func()) { notInlined(f) }

//go:noinline
func notInlined(f func()) { f() }

// TestErrors: what is no readable process is refused by name.
func TestErrors(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := procmem.OpenPID(ended.Process.Pid); !errors.Is(err, procmem.ErrGone) {
		t.Errorf("a process that has ended: %v", err)
	}
	other := exec.Command("cat")
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := errors.Join(in.Close(), other.Wait()); err != nil {
			t.Error(err)
		}
	}()
	// Before it answers it may not have begun yet, and then is nothing at all.
	if _, err := fmt.Fprintln(in, "there"); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	_, err = procmem.OpenPID(other.Process.Pid)
	var told *procmem.Error
	if !errors.As(err, &told) || !strings.Contains(err.Error(), "not a Go program") || told.Hint() == "" {
		t.Errorf("a process that is not Go's: %v", err)
	}
	for name, exe := range map[string][]byte{"nothing": nil, "a script": []byte("#!/bin/sh\nexec sleep 60\n")} {
		if _, err := procmem.New(procmem.Source{Exe: bytes.NewReader(exe)}); !errors.As(err, &told) || !strings.Contains(err.Error(), "not an ELF file") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
