package watch_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/scrape"
	"github.com/logcap/logcap/analyze/watch"
)

// leaky is a service with pprof whose goroutines pile up until it is closed.
type leaky struct {
	*httptest.Server
	end  chan struct{}
	gone sync.WaitGroup
}

func newLeaky(t *testing.T) *leaky {
	t.Helper()
	l := &leaky{end: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	l.Server = httptest.NewServer(mux)
	l.gone.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				l.leak()
			case <-l.end:
				return
			}
		}
	})
	t.Cleanup(func() {
		l.Close()
		close(l.end)
		l.gone.Wait()
	})
	return l
}

func (l *leaky) leak() {
	l.gone.Add(1)
	go l.wait()
}

func (l *leaky) wait() {
	defer l.gone.Done()
	<-l.end
}

func (l *leaky) address(t *testing.T) scrape.Address {
	t.Helper()
	a, err := scrape.Parse(strings.TrimPrefix(l.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRunIsWhatLoadGives(t *testing.T) {
	l := newLeaky(t)
	dir := filepath.Join(t.TempDir(), "rec")
	seen := 0
	subjects, err := watch.Run(context.Background(), watch.Options{
		Targets:  []scrape.Address{l.address(t)},
		Scrape:   scrape.Options{Force: true},
		Interval: 50 * time.Millisecond, Duration: 3 * time.Second,
		Record:   dir,
		Progress: func(watch.Progress) { seen++ },
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no progress was told")
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(moved, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	loaded, err := watch.Load([]string{moved}, watch.From{})
	if err != nil {
		t.Fatal(err)
	}
	want := analyze.Detect(subjects[0].History, analyze.DefaultThresholds())
	got := analyze.Detect(loaded[0].History, analyze.DefaultThresholds())
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a copied recording is judged differently (-watch +copy):\n%s", diff)
	}
	if diff := cmp.Diff(subjects[0].Sources, loaded[0].Sources); diff != "" {
		t.Errorf("sources (-watch +copy):\n%s", diff)
	}
	if got.Window.Scrapes["stacks"] < 2 || got.Window.Scrapes["memory"] == 0 {
		t.Errorf("scrapes %v: want dumps at both ends and memory", got.Window.Scrapes)
	}
}

func TestOneSlowTargetDelaysNoOther(t *testing.T) {
	l := newLeaky(t)
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(hang)
	a, err := scrape.Parse(slow.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	subjects, err := watch.Run(context.Background(), watch.Options{
		Targets:  []scrape.Address{a, l.address(t)},
		Scrape:   scrape.Options{Timeout: time.Second, Force: true},
		Interval: 50 * time.Millisecond, Duration: 1500 * time.Millisecond,
		Record: dir,
	})
	if err == nil {
		t.Error("the target that never answers is no error")
	}
	if len(subjects) != 1 || len(subjects[0].History.Total) < 15 {
		t.Fatalf("the other target has not been watched at its pace: %d subjects", len(subjects))
	}
}

func TestInterruptedWatchIsJudged(t *testing.T) {
	l := newLeaky(t)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ticks := 0
	subjects, err := watch.Run(ctx, watch.Options{
		Targets:  []scrape.Address{l.address(t)},
		Interval: 20 * time.Millisecond,
		Record:   t.TempDir(),
		Progress: func(watch.Progress) {
			if ticks++; ticks == 10 {
				cancel()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := analyze.Detect(subjects[0].History, analyze.DefaultThresholds()); a.Verdict != analyze.Inconclusive {
		t.Errorf("verdict %q after a blink, want inconclusive", a.Verdict)
	}
}

func TestLoadFiles(t *testing.T) {
	l := newLeaky(t)
	dir := t.TempDir()
	save := func(name, path string) string {
		resp, err := http.Get(l.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	defer http.DefaultClient.CloseIdleConnections()
	proto := save("one.pb.gz", "/debug/pprof/goroutine")
	text := save("two.txt", "/debug/pprof/goroutine?debug=1")
	dump := save("three.txt", "/debug/pprof/goroutine?debug=2")
	heap := save("heap.pb.gz", "/debug/pprof/heap")
	subjects, err := watch.Load([]string{proto, text, dump}, watch.From{})
	if err != nil {
		t.Fatal(err)
	}
	h := subjects[0].History
	if len(h.Total) != 3 || h.Scrapes["stacks"] != 1 {
		t.Errorf("%d ticks and %d dumps, want 3 and 1", len(h.Total), h.Scrapes["stacks"])
	}
	if a := analyze.Detect(h, analyze.DefaultThresholds()); a.Verdict != analyze.Inconclusive {
		t.Errorf("verdict %q of three snapshots, want inconclusive", a.Verdict)
	}
	if _, err := watch.Load([]string{heap}, watch.From{}); err == nil || !strings.Contains(err.Error(), "heap.pb.gz") {
		t.Errorf("a heap profile: error %v, want one that names the file", err)
	}
	if _, err := watch.Load([]string{filepath.Join(dir, "absent")}, watch.From{}); err == nil {
		t.Error("a file that is not there is no error")
	}
	if _, err := watch.Load([]string{dir}, watch.From{}); err == nil {
		t.Error("a folder that is no recording is no error")
	}
}

// The source report's four evidence lines.
const sourceLines = `{"baseline":6,"current_count":102,"duration":60.003336034,"growth":96,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:42:21Z","total_growth":96}
{"baseline":6,"current_count":134,"duration":60.000761254,"growth":32,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:43:23Z","total_growth":128}
{"baseline":6,"current_count":166,"duration":59.999243746,"growth":32,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:44:26Z","total_growth":160}
{"baseline":6,"current_count":198,"duration":60.000225199,"growth":32,"level":"warning","msg":"Significant goroutine count change detected","time":"2025-11-06T06:45:29Z","total_growth":192}
`

func TestSourceReportsLogLines(t *testing.T) {
	subjects, err := watch.Load([]string{"-"}, watch.From{Stdin: strings.NewReader(sourceLines)})
	if err != nil {
		t.Fatal(err)
	}
	a := analyze.Detect(subjects[0].History, analyze.DefaultThresholds())
	if a.Verdict != analyze.Inconclusive {
		t.Errorf("verdict %q of four samples, want inconclusive", a.Verdict)
	}
	if a.Total.First != 6 || a.Total.Last != 198 || len(a.LogLines) != 4 {
		t.Errorf("first %d, last %d, %d lines; want 6, 198, 4", a.Total.First, a.Total.Last, len(a.LogLines))
	}
	if len(a.Warnings) < 2 {
		t.Errorf("warnings %q do not say what counts alone cannot tell", a.Warnings)
	}
}

func TestUnreachableTargetLeavesNoRecording(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	a, err := scrape.Parse(closed.URL)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "rec")
	for range 2 { // a second try is not told that a recording is in the way
		_, err := watch.Run(context.Background(), watch.Options{Targets: []scrape.Address{a}, Record: dir, Duration: time.Second})
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Fatalf("error %v, want one of a refused connection", err)
		}
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder is still there: %v", err)
	}
}
