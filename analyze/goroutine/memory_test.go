package goroutine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
)

// written is a snapshot in the text of the Memory form.
func written(t testing.TB, s *Snapshot, ids bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteMemory(&b, s, ids); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestMemoryRoundTrip: what is written is what is read, for every kept dump.
func TestMemoryRoundTrip(t *testing.T) {
	for _, dir := range releases(t) {
		paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("no dumps in %s: %v", dir, err)
		}
		for _, path := range paths {
			s := read(t, path)
			if !s.Form.Lists() {
				continue
			}
			want := *s
			want.Form, want.Profile = Memory, goroutineProfile
			want.Declared, want.Time = s.Total, time.Unix(1790000000, 5).UTC()
			want.Sampled, want.Failed = 3, 1
			for i := range want.Stacks {
				want.Stacks[i].Ancestors = nil
			}
			got, err := Read(bytes.NewReader(written(t, &want, true)), Options{})
			if err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			if diff := gocmp.Diff(&want, got); diff != "" {
				t.Errorf("%s: (-written +read)\n%s", path, diff)
			}
		}
	}
}

func hostile() *Snapshot {
	f := func(name string) Frame { return Frame{Func: name, File: "/a\tb\n.go", Line: 3, Start: 1} }
	return &Snapshot{Form: Memory, Profile: goroutineProfile, Time: time.Unix(1, 0).UTC(), Total: 3, Declared: 3, Stacks: []Stack{
		{Count: 2, State: "IO wait", Range: true, Locked: true, Labels: map[string]string{"a\nb": "\t\"", "": " "},
			Frames: []Frame{f("\"main.x"), f("main.y\nend")}, Created: f("g 1 2 3"), Goroutines: []Goroutine{{ID: 1}, {ID: 1 << 62, Parent: 1, Wait: 9}}},
		{Count: 1, State: "a\tb", Leaked: true, Goroutines: []Goroutine{{ID: 5}}},
	}}
}

func TestMemoryHostileNames(t *testing.T) {
	got, err := ReadMemory(bytes.NewReader(written(t, hostile(), true)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(hostile(), got); diff != "" {
		t.Error(diff)
	}
}

// TestMemoryCut: a text that ends early says so, wherever it ends, and what it holds is a part of the whole.
func TestMemoryCut(t *testing.T) {
	text := written(t, hostile(), true)
	for n := len(memoryStart) + 2; n < len(text)-1; n++ {
		s, err := ReadMemory(bytes.NewReader(text[:n]))
		if err != nil {
			t.Fatalf("cut after %d: %v", n, err)
		}
		if !s.Truncated || len(s.Warnings) == 0 {
			t.Fatalf("cut after %d of %d bytes and nothing said", n, len(text))
		}
	}
}

func TestMemoryDamaged(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"frame of none":     {"s 1 - 1 -\t\t\n", "frame 1 of 0"},
		"fields":            {"f a\tb\n", "a frame with 2 fields"},
		"negative":          {"s -1 - 0 -\t\t\n", "invalid syntax"},
		"labels":            {"s 1 - 0 -\t\t{\n", "unexpected end"},
		"goroutine outside": {"g 1 2 3\n", "a goroutine with 3 words"},
		"word":              {"x\n", "unknown line"},
		"time":              {"time yesterday\n", "cannot parse"},
	} {
		s, err := ReadMemory(strings.NewReader(memoryStart + memoryVersion + "\n" + c.text + "end\n"))
		if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].Text, c.want) || strings.Contains(s.Warnings[0].Text, "\n") {
			t.Errorf("%s: %v, %+v; want one warning with %q", name, err, s, c.want)
		}
	}
	_, err := Read(strings.NewReader(memoryStart+"2\nend\n"), Options{})
	if err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("version 2: %v", err)
	}
}

// TestWriteProto reads back what go tool pprof will: the stacks and their counts.
func TestWriteProto(t *testing.T) {
	want := hostile()
	want.Stacks[1].Frames = []Frame{{Func: "main.z", File: "z.go", Line: 7}}
	var b bytes.Buffer
	if err := WriteProto(&b, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Total != 3 || !got.Time.Equal(want.Time) || len(got.Stacks) != 2 {
		t.Fatalf("read back: %+v", got)
	}
	for i := range got.Stacks {
		if diff := gocmp.Diff(want.Stacks[i].Frames, got.Stacks[i].Frames); diff != "" {
			t.Error(diff)
		}
		if got.Stacks[i].Labels[stateLabel] != string(want.Stacks[i].State) {
			t.Errorf("labels: %v", got.Stacks[i].Labels)
		}
	}
}

func FuzzReadMemory(f *testing.F) {
	f.Add(written(f, hostile(), true))
	data, err := os.ReadFile(filepath.Join(dumps, "go1.26", "goroutine.debug2.txt"))
	if err != nil {
		f.Fatal(err)
	}
	s, err := Read(bytes.NewReader(data), Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(written(f, s, true)[:4096])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadMemory(bytes.NewReader(append([]byte(memoryStart+memoryVersion+"\n"), data...)))
		if err != nil {
			return
		}
		for i := range s.Stacks {
			s.Stacks[i].Key()
			s.Stacks[i].Site()
		}
		again, err := ReadMemory(bytes.NewReader(written(t, s, true)))
		if err != nil || len(again.Stacks) != len(s.Stacks) || again.Total != s.Total {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
