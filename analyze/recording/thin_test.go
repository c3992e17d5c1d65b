package recording

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var small = Thinning{Whole: 10 * time.Second, Files: map[Kind]int{Goroutine: 64, Memory: 8}}

// long records seconds of a goroutine profile a second and memory every 10 s.
func long(t testing.TB, rule Thinning, seconds int) string {
	t.Helper()
	dir := t.TempDir()
	w, err := create(dir, target, rule)
	if err != nil {
		t.Fatal(err)
	}
	for s := range seconds {
		at := began.Add(time.Duration(s) * time.Second)
		if _, err := w.Append(Scrape{Kind: Goroutine, Time: at, Body: proto(t, at, int64(s)), Total: s}); err != nil {
			t.Fatal(err)
		}
		if s%10 == 0 {
			if _, err := w.Append(Scrape{Kind: Memory, Time: at, Body: []byte("# Stack = 1 / 1\n")}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func kept(r *Recording, kind Kind) []int {
	var seconds []int
	for _, e := range r.Entries {
		if e.Kind == kind && e.Kept() {
			seconds = append(seconds, int(e.Time.Sub(began.UTC())/time.Second))
		}
	}
	return seconds
}

func TestThinning(t *testing.T) {
	dir := long(t, small, 1000)
	r := open(t, dir)
	if len(r.Warnings)+len(r.Missing) > 0 {
		t.Errorf("warnings %q, missing %q", r.Warnings, r.Missing)
	}
	seconds := kept(r, Goroutine)
	if len(seconds) > 64 || len(seconds) < 40 {
		t.Errorf("%d profiles are kept: %v", len(seconds), seconds)
	}
	// The ends are whole, and the middle has no gap over one stride.
	for s := range 10 {
		if seconds[s] != s || seconds[len(seconds)-1-s] != 999-s {
			t.Errorf("ends: %v", seconds)
			break
		}
	}
	widest := 0
	for i := 1; i < len(seconds); i++ {
		widest = max(widest, seconds[i]-seconds[i-1])
	}
	// 980 s of middle in 48-20 places are 35 s each: the power of two above is 64.
	if widest > 64 {
		t.Errorf("a gap of %d s: %v", widest, seconds)
	}
	if m := kept(r, Memory); len(m) > 9 || m[0] != 0 || m[len(m)-1] != 990 {
		t.Errorf("memory: %v", m)
	}
	// The series of totals stays whole.
	for i, e := range r.Entries {
		if e.Seq != i+1 || e.Kind == Goroutine && e.Total != int(e.Time.Sub(began.UTC())/time.Second) {
			t.Fatalf("entry %d: %+v", i, e)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(seconds)+len(kept(r, Memory)) || readable(t, r) != len(files) {
		t.Errorf("%d files, %d readable", len(files), readable(t, r))
	}
	if d := cmp.Diff(seconds, kept(open(t, long(t, small, 1000)), Goroutine)); d != "" {
		t.Errorf("-once +again\n%s", d)
	}
}

// A kill between the note and the removal leaves the files: they stay unread,
// so that the report is the same.
func TestThinnedFilesLeftBehind(t *testing.T) {
	dir := long(t, small, 100)
	before := open(t, dir)
	for _, e := range before.Entries {
		if e.Gone == "thinned" {
			save(t, dir, e.File, proto(t, began, 1))
		}
	}
	after := open(t, dir)
	if d := cmp.Diff(before.Entries, after.Entries); d != "" || len(after.Warnings) > 0 {
		t.Errorf("warnings %q, -before +after\n%s", after.Warnings, d)
	}
}

func TestShortWatchIsNotThinned(t *testing.T) {
	r := open(t, long(t, small, 64))
	if len(kept(r, Goroutine)) != 64 || strings.Contains(string(load(t, r.Dir, indexFile)), "thinned") {
		t.Errorf("kept %v", kept(r, Goroutine))
	}
	for kind := range DefaultThinning().Files {
		if _, _, ok := parseName(nameOf(1, kind, nil)); !ok {
			t.Errorf("the rule names %q, which is no kind", kind)
		}
	}
}

// Two ends that alone exceed the bound leave nothing to remove, and must not be asked on every scrape.
func TestEndsAboveTheBound(t *testing.T) {
	rule := Thinning{Whole: time.Hour, Files: map[Kind]int{Goroutine: 16}}
	r := open(t, long(t, rule, 100))
	if len(kept(r, Goroutine)) != 100 {
		t.Errorf("kept %v", kept(r, Goroutine))
	}
}

func TestThinningOfRemovedFile(t *testing.T) {
	dir := t.TempDir()
	w, err := create(dir, target, small)
	if err != nil {
		t.Fatal(err)
	}
	failed := 0
	for s := range 120 {
		at := began.Add(time.Duration(s) * time.Second)
		file, err := w.Append(Scrape{Kind: Goroutine, Time: at, Body: proto(t, at, 1), Total: 1})
		if err != nil {
			failed++
		}
		if s == 15 {
			if err := os.Remove(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r := open(t, dir); failed != 0 || len(r.Warnings) > 0 {
		t.Errorf("%d appends failed, warnings %q", failed, r.Warnings)
	}
}
