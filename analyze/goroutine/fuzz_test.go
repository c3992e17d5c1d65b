package goroutine

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

// seeds adds every kept dump whose name ends so.
func seeds(f *testing.F, suffix string) {
	paths, err := filepath.Glob(filepath.Join(dumps, "go1.2[1567]", "*"+suffix))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds end in %s: %v", suffix, err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 8<<10)])
	}
}

// check holds for whatever was read.
func check(t *testing.T, s *Snapshot) {
	total := 0
	for i := range s.Stacks {
		st := &s.Stacks[i]
		total += st.Count
		if st.Goroutines != nil && len(st.Goroutines) != st.Count {
			t.Fatalf("%d goroutines of %d have an id", len(st.Goroutines), st.Count)
		}
		if st.Key() == "" && len(st.Frames) > 0 && st.Frames[0].Func != "" {
			t.Fatalf("no key for %+v", st)
		}
		st.Site()
	}
	if total != s.Total {
		t.Fatalf("total is %d, the stacks have %d", s.Total, total)
	}
	for _, w := range s.Warnings {
		if strings.ContainsFunc(w.Text, unicode.IsControl) {
			t.Fatalf("warning %q is not printable", w.Text)
		}
	}
	grouped := 0
	for _, g := range s.Groups() {
		grouped += g.Count
	}
	if grouped != total {
		t.Fatalf("groups have %d of %d goroutines", grouped, total)
	}
}

func FuzzDump(f *testing.F) {
	seeds(f, ".debug2.txt")
	seeds(f, "crash.txt")
	f.Add([]byte(twoGoroutines))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := ReadDump(bytes.NewReader(in))
		if err != nil {
			return
		}
		check(t, s)
		// Twice the same dump is the same stacks with twice the goroutines,
		// whether they are matched by their bytes or read line by line.
		if len(s.Warnings) > 0 || s.Truncated || s.Form != Debug2 || !bytes.HasPrefix(in, []byte(headerStart)) || bytes.Contains(in, []byte("stack unavailable")) {
			return
		}
		twice, err := ReadDump(bytes.NewReader(bytes.Join([][]byte{in, in}, []byte("\n\n"))))
		if err != nil {
			t.Fatal(err)
		}
		if twice.Total != 2*s.Total || len(twice.Stacks) != len(s.Stacks) {
			t.Fatalf("%d goroutines in %d stacks, twice %d in %d", s.Total, len(s.Stacks), twice.Total, len(twice.Stacks))
		}
	})
}

func FuzzText(f *testing.F) {
	seeds(f, ".debug1.txt")
	f.Fuzz(func(t *testing.T, in []byte) {
		if s, err := ReadText(bytes.NewReader(in)); err == nil {
			check(t, s)
		}
	})
}

func FuzzProto(f *testing.F) {
	paths, err := filepath.Glob(filepath.Join(dumps, "go1.2*", "*.pb.gz"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		var plain bytes.Buffer
		r, closers, err := unwrap(bytes.NewReader(data), defaultMaxBytes)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := plain.ReadFrom(r); err != nil {
			f.Fatal(err)
		}
		for _, c := range closers {
			c()
		}
		f.Add(plain.Bytes())
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if s, err := ReadProto(bytes.NewReader(in)); err == nil {
			check(t, s)
		}
	})
}

func FuzzRead(f *testing.F) {
	seeds(f, ".pb.gz")
	f.Add(gzipped([]byte(twoGoroutines)))
	f.Add([]byte("<html>"))
	f.Add([]byte("heap profile: 1"))
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := Read(bytes.NewReader(in), Options{MaxBytes: 1 << 20})
		if err == nil {
			check(t, s)
		} else if strings.ContainsFunc(err.Error(), unicode.IsControl) {
			t.Fatalf("error %q is not printable", err)
		}
	})
}

func FuzzHeader(f *testing.F) {
	f.Add([]byte(`goroutine 7 [select, 3 minutes labels:{"k": "a]: b", "q\"": "x"}]:`))
	f.Add([]byte(`goroutine 7 gp=0x1 m=nil [IO wait (scan), locked to thread] {a/b.c: d_1, "}": "\x1b"}:`))
	f.Fuzz(func(t *testing.T, line []byte) {
		h, ok := parseHeader(line)
		if !ok {
			return
		}
		_, rest, _ := cutHeaderID(line)
		before, minutes, after := cutMinutes(rest)
		tail, ok := parseHeaderTail([]byte(string(before) + string(after)))
		if !ok || tail.state != h.state || len(tail.labels) != len(h.labels) || tail.wait+minutes != h.wait && tail.wait == 0 {
			t.Fatalf("%q: %+v, without minutes %+v and %d", line, h, tail, minutes)
		}
	})
}
