package goroutine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// releases are the folders of dumps, one a Go release.
func releases(t *testing.T) []string {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(dumps, "go1.*"))
	if err != nil || len(dirs) < 7 {
		t.Fatalf("found the dumps of %d Go releases, want 7 (%v)", len(dirs), err)
	}
	return dirs
}

func read(t *testing.T, path string) *Snapshot {
	t.Helper()
	s, err := Read(bytes.NewReader(readFile(t, path)), Options{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return s
}

// TestGolden pins what is read from every form of every release.
func TestGolden(t *testing.T) {
	for _, dir := range releases(t) {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if filepath.Ext(f.Name()) == ".json" {
				continue
			}
			t.Run(filepath.Base(dir)+"/"+f.Name(), func(t *testing.T) {
				path := filepath.Join(dir, f.Name())
				s := read(t, path)
				if len(s.Warnings) > 0 {
					t.Errorf("warnings: %v", s.Warnings)
				}
				golden(t, path+".json", summary(t, s))
			})
		}
	}
}

// summary is a snapshot as a reader of a golden file wants it: one line a frame.
func summary(t *testing.T, s *Snapshot) []byte {
	t.Helper()
	type stack struct {
		Count     int
		State     State
		Flags     string `json:",omitempty"`
		Key       Key
		Site      string
		Launcher  string            `json:",omitempty"`
		Labels    map[string]string `json:",omitempty"`
		Frames    []string
		Created   string   `json:",omitempty"`
		Ancestors []string `json:",omitempty"`
		IDs       []uint64 `json:",omitempty"`
	}
	out := struct {
		Form      Form
		Profile   string
		Total     int
		Declared  int
		Truncated bool
		Stacks    []stack
	}{s.Form, s.Profile, s.Total, s.Declared, s.Truncated, nil}
	for i := range s.Stacks {
		st := &s.Stacks[i]
		site := st.Site()
		one := stack{Count: st.Count, State: st.State, Key: st.Key(), Launcher: st.Launcher(), Labels: st.Labels, Frames: frameLines(st.Frames)}
		one.Site = fmt.Sprintf("%s %s:%d exact=%t", site.Func, site.File, site.Line, site.Exact)
		for _, flag := range []struct {
			name string
			on   bool
		}{{"range", st.Range}, {"leaked", st.Leaked}, {"locked", st.Locked}} {
			if flag.on {
				one.Flags = strings.TrimSpace(one.Flags + " " + flag.name)
			}
		}
		if st.Created.Func != "" {
			one.Created = frameLine(st.Created)
		}
		for _, a := range st.Ancestors {
			one.Ancestors = append(one.Ancestors, fmt.Sprintf("goroutine %d: %s", a.ID, strings.Join(frameLines(a.Frames), " < ")))
		}
		for _, g := range st.Goroutines {
			one.IDs = append(one.IDs, g.ID, g.Parent)
		}
		out.Stacks = append(out.Stacks, one)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(out); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func frameLine(f Frame) string { return fmt.Sprintf("%s %s:%d", f.Func, f.File, f.Line) }

func frameLines(frames []Frame) []string {
	lines := make([]string, len(frames))
	for i, f := range frames {
		lines[i] = frameLine(f)
	}
	return lines
}

// TestFormsAgree holds the forms of one quiet process against each other: the
// same keys, counts, states and frames.
func TestFormsAgree(t *testing.T) {
	for _, dir := range releases(t) {
		release := filepath.Base(dir)
		t.Run(release, func(t *testing.T) {
			proto := read(t, filepath.Join(dir, "goroutine.pb.gz"))
			text := read(t, filepath.Join(dir, "goroutine.debug1.txt"))
			dump := read(t, filepath.Join(dir, "goroutine.debug2.txt"))
			crash := read(t, filepath.Join(dir, "crash.txt"))
			want := census(dump, true)
			if len(want) < 25 {
				t.Fatalf("only %d kinds of goroutines in the dump", len(want))
			}
			for _, other := range []struct {
				name   string
				s      *Snapshot
				states bool
			}{{"proto", proto, true}, {"debug=1", text, false}, {"crash", crash, true}} {
				want := want
				if !other.states {
					want = census(dump, false)
				}
				if dump.Total != other.s.Total {
					t.Errorf("debug=2 has %d goroutines, %s %d", dump.Total, other.name, other.s.Total)
				}
				if other.s == crash && release == "go1.21" {
					// Its crash shows the compiler's wrapper of "go f(x)" as one more
					// literal of the caller, which no name tells from a real one.
					continue
				}
				if diff := gocmp.Diff(want, census(other.s, other.states)); diff != "" {
					t.Errorf("debug=2 and %s disagree (-debug=2 +%s):\n%s", other.name, other.name, diff)
				}
			}
			t.Logf("%d goroutines, %d kinds, agreed on by 4 forms", dump.Total, len(want))
		})
	}
}

// census counts goroutines by key, state and frames. The goroutine that takes
// the profile is left out: it is somewhere else in each of them.
func census(s *Snapshot, states bool) map[string]int {
	counts := map[string]int{}
	for i := range s.Stacks {
		st := &s.Stacks[i]
		if st.Key() == "main.main" {
			continue
		}
		line := string(st.Key()) + " | "
		if states {
			line += string(st.State) + " | "
		}
		counts[line+strings.Join(frameLines(st.Frames), " < ")] += st.Count
	}
	return counts
}

// TestSitesAgree checks that a proto, which has no creators, finds the same go
// statements as a dump wherever it claims to be exact.
func TestSitesAgree(t *testing.T) {
	for _, dir := range releases(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			dump := map[Key]map[Site]bool{}
			for _, st := range read(t, filepath.Join(dir, "goroutine.debug2.txt")).Stacks {
				if site := st.Site(); site.Exact {
					if dump[st.Key()] == nil {
						dump[st.Key()] = map[Site]bool{}
					}
					dump[st.Key()][site] = true
				}
			}
			checked := 0
			for _, st := range read(t, filepath.Join(dir, "goroutine.pb.gz")).Stacks {
				site, want := st.Site(), dump[st.Key()]
				if !site.Exact || len(want) == 0 {
					continue
				}
				checked++
				same := func(w Site) bool { return w == site }
				if !slices.ContainsFunc(slices.Collect(maps.Keys(want)), same) {
					t.Errorf("%s: proto says %+v, the dump %v", st.Key(), site, slices.SortedFunc(maps.Keys(want), func(a, b Site) int { return cmp.Compare(a.Line, b.Line) }))
				}
			}
			if checked < 15 {
				t.Errorf("only %d sites could be compared", checked)
			}
		})
	}
}

// TestLeakProfile reads what the runtime proves to have leaked, in the releases that can.
func TestLeakProfile(t *testing.T) {
	for _, release := range []string{"go1.26", "go1.27"} {
		proto := read(t, filepath.Join(dumps, release, "goroutineleak.pb.gz"))
		text := read(t, filepath.Join(dumps, release, "goroutineleak.debug1.txt"))
		dump := read(t, filepath.Join(dumps, release, "goroutineleak.debug2.txt"))
		leaked := func(s *Snapshot) (n int) {
			for _, st := range s.Stacks {
				if st.Leaked {
					n += st.Count
				}
			}
			return n
		}
		if proto.Profile != leakProfile || text.Profile != leakProfile || dump.Profile != leakProfile {
			t.Errorf("%s: profiles are %q, %q and %q", release, proto.Profile, text.Profile, dump.Profile)
		}
		if n := leaked(dump); n < 15 || n != leaked(proto) || n != leaked(text) || n == dump.Total {
			t.Errorf("%s: leaked are %d in the proto, %d in debug=1, %d of %d in debug=2", release, leaked(proto), leaked(text), n, dump.Total)
		}
	}
}
