package recording

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"
)

var (
	began  = time.Date(2025, 11, 6, 6, 42, 21, 123456789, time.FixedZone("", 3600))
	target = Target{Name: "localhost:6060", Kind: "http", URL: "http://localhost:6060/debug/pprof/"}
)

// proto is a goroutine profile as net/http/pprof serves it.
func proto(t testing.TB, at time.Time, n int64) []byte {
	t.Helper()
	f := &profile.Function{ID: 1, Name: "main.worker", Filename: "/src/main.go", StartLine: 10}
	l := &profile.Location{ID: 1, Line: []profile.Line{{Function: f, Line: 12}}}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}}, TimeNanos: at.UnixNano(),
		Sample:   []*profile.Sample{{Value: []int64{n}, Location: []*profile.Location{l}}},
		Location: []*profile.Location{l}, Function: []*profile.Function{f},
	}
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// watch is a small one with every kind of answer.
func watch(t testing.TB) []Scrape {
	at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
	return []Scrape{
		{Kind: Goroutine, Time: at(0), Took: 1234567, Body: proto(t, at(0), 102), Total: 102},
		{Kind: Stacks, Time: at(1), Took: 12 * time.Millisecond, Body: []byte("goroutine 1 [running]:\nmain.main()\n"), Total: 1, Truncated: true, Warnings: []string{"line 9: \"<script>\""}},
		{Kind: Memory, Time: at(1), Body: []byte("# Stack = 65536 / 65536\n")},
		{Kind: Goroutine, Time: at(2), Took: time.Second, Err: "connection refused"},
		{Kind: Metrics, Time: at(2), Body: []byte("go_goroutines 134\n"), Total: 134},
		{Kind: Trace, Time: at(3), Body: []byte("go 1.25 trace\x00\x00\x00")},
		{Kind: Leak, Time: at(4), Body: proto(t, at(4), 7), Total: 7},
		{Kind: Goroutine, Time: at(5), Body: []byte("goroutine profile: total 166\n"), Total: 166},
		{Kind: Goroutine, Time: at(6), Body: proto(t, at(6), 198), Total: 198},
	}
}

// record writes the scrapes to a new folder.
func record(t testing.TB, scrapes []Scrape) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "made", "with parents")
	w, err := Create(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scrapes {
		if _, err := w.Append(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func open(t testing.TB, dir string) *Recording {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoundTrip(t *testing.T) {
	scrapes := watch(t)
	r := open(t, record(t, scrapes))
	if len(r.Warnings)+len(r.Missing) > 0 {
		t.Errorf("warnings %q, missing %q", r.Warnings, r.Missing)
	}
	if r.Target != target {
		t.Errorf("target %+v", r.Target)
	}
	var got []Scrape
	var files []string
	for _, e := range r.Entries {
		s, err := r.Read(e)
		if err != nil {
			t.Fatal(err)
		}
		got, files = append(got, s), append(files, e.File)
	}
	for i := range scrapes {
		scrapes[i].Time = scrapes[i].Time.UTC()
	}
	if d := cmp.Diff(scrapes, got); d != "" {
		t.Errorf("-recorded +read\n%s", d)
	}
	want := []string{"000001.goroutine.pb.gz", "000002.stacks.txt.gz", "000003.memory.txt.gz", "", "000005.metrics.txt.gz",
		"000006.trace.gz", "000007.goroutineleak.pb.gz", "000008.goroutine.txt.gz", "000009.goroutine.pb.gz"}
	if d := cmp.Diff(want, files); d != "" {
		t.Errorf("files -want +got\n%s", d)
	}
	if !r.Start().Equal(began) || !r.End().Equal(began.Add(6*time.Second)) || r.End().Location() != time.UTC {
		t.Errorf("from %v to %v", r.Start(), r.End())
	}
}

// The files are for other tools too: they must open what lies on disk.
func TestProfilesOpenElsewhere(t *testing.T) {
	dir := record(t, watch(t))
	for _, name := range []string{"000001.goroutine.pb.gz", "000007.goroutineleak.pb.gz"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := profile.ParseData(b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A target without gzip sends a bare proto; pprof's users still find a .pb.gz.
func TestBareProtoIsCompressed(t *testing.T) {
	body, _, err := gunzip(proto(t, began, 5))
	if err != nil {
		t.Fatal(err)
	}
	r := open(t, record(t, []Scrape{{Kind: Goroutine, Time: began, Body: body, Total: 5}}))
	s, err := r.Read(r.Entries[0])
	if err != nil {
		t.Fatal(err)
	}
	if p, err := profile.ParseData(s.Body); err != nil || profileTotal(p) != 5 || !isGzip(s.Body) {
		t.Errorf("profile %v, error %v", p, err)
	}
}

func TestSetTarget(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	told := target
	told.GoVersion = "go1.27.4"
	if err := w.SetTarget(told); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r := open(t, dir); r.Target != told || len(r.Warnings) > 0 {
		t.Errorf("target %+v, warnings %q", r.Target, r.Warnings)
	}
	if _, err := w.Append(Scrape{Kind: Goroutine}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("append after close: %v", err)
	}
	if err := w.SetTarget(told); !errors.Is(err, os.ErrClosed) {
		t.Errorf("set target after close: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestAppendFromSeveralGoroutines(t *testing.T) {
	dir := t.TempDir()
	w, err := Create(dir, target)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 10 {
				if _, err := w.Append(Scrape{Kind: Memory, Time: began, Body: fmt.Appendf(nil, "# writer %d", i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r := open(t, dir); len(r.Entries) != 80 || len(r.Warnings) > 0 {
		t.Errorf("%d entries, warnings %q", len(r.Entries), r.Warnings)
	}
}

func TestUnknownKindIsRefused(t *testing.T) {
	w, err := Create(t.TempDir(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for _, kind := range []Kind{"", "heap", "../goroutine"} {
		if _, err := w.Append(Scrape{Kind: kind, Body: []byte("x")}); err == nil {
			t.Errorf("kind %q was recorded", kind)
		}
	}
}

func TestCreateRefuses(t *testing.T) {
	something := t.TempDir()
	if err := os.WriteFile(filepath.Join(something, "notes.txt"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	several := t.TempDir()
	writers, err := CreateAll(several, []Target{target, target})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range writers {
		w.Close()
	}
	for name, c := range map[string]struct {
		dir  string
		want error
	}{
		"a recording":     {record(t, watch(t)), ErrExists},
		"several of them": {several, ErrExists},
		"something else":  {something, ErrNotEmpty},
		"a file":          {filepath.Join(something, "notes.txt"), syscall.ENOTDIR},
		"a file above it": {filepath.Join(something, "notes.txt", "sub"), syscall.ENOTDIR},
	} {
		_, err := Create(c.dir, target)
		if !errors.Is(err, c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		var hinted interface{ Hint() string }
		if (c.want == ErrExists || c.want == ErrNotEmpty) && (!errors.As(err, &hinted) || hinted.Hint() == "") {
			t.Errorf("%s: %v comes without a hint", name, err)
		}
	}
}

func TestSeveralTargets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "all")
	names := []string{"http://a.example:6060", "a.example:6060", "unix:/run/x.sock", "../..", "", "A.EXAMPLE:6060"}
	var targets []Target
	for _, n := range names {
		targets = append(targets, Target{Name: n})
	}
	writers, err := CreateAll(dir, targets)
	if err != nil {
		t.Fatal(err)
	}
	for i, w := range writers {
		if _, err := w.Append(Scrape{Kind: Goroutine, Time: began, Body: proto(t, began, int64(i)), Total: i}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	all, err := OpenAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range all {
		got = append(got, filepath.Base(r.Dir)+" = "+r.Target.Name)
	}
	want := []string{"A.EXAMPLE-6060-3 = A.EXAMPLE:6060", "a.example-6060 = http://a.example:6060", "a.example-6060-2 = a.example:6060",
		"target = ../..", "target-2 = ", "unix--run-x.sock = unix:/run/x.sock"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	one := filepath.Join(t.TempDir(), "one")
	if writers, err = CreateAll(one, targets[:1]); err != nil {
		t.Fatal(err)
	}
	writers[0].Close()
	if all, err = OpenAll(one); err != nil || len(all) != 1 || all[0].Dir != one {
		t.Errorf("one target: %v, %v", all, err)
	}
}
