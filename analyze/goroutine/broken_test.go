package goroutine

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/klauspost/compress/zstd"
)

// TestNotASnapshot: every input that is none says what it is and what to do.
func TestNotASnapshot(t *testing.T) {
	good := readFile(t, dumps+"/go1.26/goroutine.pb.gz")
	plain := gunzip(t, good)
	tests := []struct {
		name    string
		in      []byte
		problem Problem
		says    string
	}{
		{"empty", nil, Empty, "empty"},
		{"empty gzip", gzipped([]byte{}), Empty, "empty"},
		{"white space", []byte(" \n\n"), NotAProfile, "white space"},
		{"html", []byte("<!DOCTYPE html>\n<html><body>goroutine 1</body></html>"), NotAProfile, "HTML"},
		{"html in lower case", []byte("\n<html>\n"), NotAProfile, "HTML"},
		{"json", []byte(`{"error": "not found"}`), NotAProfile, "JSON"},
		{"text", []byte("404 page not found\n"), NotAProfile, `"404 page not found`},
		{"control bytes", []byte("x\x1b[31m\n"), NotAProfile, `"x\x1b[31m`},
		{"binary", []byte{0x7f, 'E', 'L', 'E', 0, 1, 2, 3}, NotAProfile, "binary"},
		{"ELF", []byte("\x7fELF\x02\x01\x01\x00"), NotAProfile, "a core or a program"},
		{"ELF in gzip", gzipped([]byte("\x7fELF\x02\x01\x01\x00")), NotAProfile, "a core or a program"},
		{"heap text", []byte("heap profile: 1: 2 [3: 4] @ heap/1048576\n"), OtherProfile, "heap"},
		{"mutex text", []byte("--- mutex:\ncycles/second=1\n"), OtherProfile, "mutex"},
		{"block text", []byte("--- contention:\ncycles/second=1\n"), OtherProfile, "block"},
		{"threadcreate text", []byte("threadcreate profile: total 7\n"), OtherProfile, "threadcreate"},
		{"heap proto", proto(t, "inuse_objects", "inuse_space"), OtherProfile, "heap"},
		{"cpu proto", proto(t, "samples", "cpu"), OtherProfile, "cpu"},
		{"mutex proto", proto(t, "contentions", "delay"), OtherProfile, "mutex or block"},
		{"threadcreate proto", proto(t, "threadcreate"), OtherProfile, "threadcreate"},
		{"proto of a stranger", proto(t, "<script>\x1b"), OtherProfile, `<script>\x1b`},
		{"truncated gzip", good[:len(good)/2], Cut, "cut off"},
		{"truncated proto", plain[:len(plain)-7], Cut, "cut off"},
		{"damaged gzip", append([]byte{0x1f, 0x8b, 0xff}, good...), Damaged, "damaged"},
		{"zeros", gzipped(make([]byte, 1<<20)), NotAProfile, "binary"},
		{"gzip bomb", gzipped(append([]byte{0x0a, 0x04, 0x08}, make([]byte, 1<<20)...)), TooLarge, "limit of 64 KiB"},
		{"zstd bomb", zstdOf(t, bytes.Repeat([]byte("a\n"), 1<<20)), TooLarge, "limit of 64 KiB"},
		{"gzip in gzip bomb", gzipped(gzipped(append([]byte{0x0a, 0x04, 0x08}, make([]byte, 1<<24)...))), TooLarge, "limit of 64 KiB"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			limit := int64(1 << 20)
			if tt.problem == TooLarge {
				limit = 1 << 16
			}
			s, err := Read(bytes.NewReader(tt.in), Options{MaxBytes: limit})
			var format *FormatError
			if !errors.As(err, &format) {
				t.Fatalf("got %v, %v; want a FormatError", s, err)
			}
			if format.Problem != tt.problem || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %q (%s), want %s and %q", err, format.Problem, tt.problem, tt.says)
			}
			if format.Hint() == "" || strings.ContainsAny(err.Error()+format.Hint(), "\n\x1b") {
				t.Errorf("error %q, hint %q: want a hint, and one line without control bytes", err, format.Hint())
			}
		})
	}
}

// TestProtoCutAnywhere: a proto that ends at any byte is an error or says that
// it is truncated, unless nothing of it is missing.
func TestProtoCutAnywhere(t *testing.T) {
	plain := gunzip(t, readFile(t, dumps+"/go1.27/goroutine.pb.gz"))
	whole := readBytes(t, plain)
	for n := 3; n < len(plain); n += 7 {
		s, err := Read(bytes.NewReader(plain[:n]), Options{})
		var format *FormatError
		switch {
		case err != nil && !errors.As(err, &format):
			t.Fatalf("cut at %d: %v", n, err)
		case err == nil && !s.Truncated && s.Total != whole.Total:
			t.Errorf("cut at %d: %d of %d goroutines, and it does not say so", n, s.Total, whole.Total)
		}
	}
}

// TestDelta reads what /debug/pprof/goroutine?seconds=N gives: what came counts
// up, what went counts down, and a stack may be empty.
func TestDelta(t *testing.T) {
	fn := &profile.Function{ID: 1, Name: "main.work", Filename: "w.go", StartLine: 3}
	loc := &profile.Location{ID: 1, Address: 0x10, Line: []profile.Line{{Function: fn, Line: 5}}}
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}},
		Sample: []*profile.Sample{
			{Location: []*profile.Location{loc}, Value: []int64{-4}},
			{Value: []int64{1}},
		},
		Location: []*profile.Location{loc}, Function: []*profile.Function{fn},
	}
	var out bytes.Buffer
	if err := p.WriteUncompressed(&out); err != nil {
		t.Fatal(err)
	}
	s := readBytes(t, out.Bytes())
	if groups := s.Groups(); s.Total != -3 || len(groups) != 2 || groups[0].Key != Unknown || groups[1].Key != "main.work" || groups[1].Count != -4 {
		t.Errorf("total %d, groups %+v", s.Total, groups)
	}
}

// TestSameInAnyWrapping reads one dump plain, compressed and compressed twice.
func TestSameInAnyWrapping(t *testing.T) {
	plain := readFile(t, dumps+"/go1.26/goroutine.debug2.txt")
	want := summary(t, readBytes(t, plain))
	for name, in := range map[string][]byte{"gzip": gzipped(plain), "zstd": zstdOf(t, plain), "gzip in zstd": zstdOf(t, gzipped(plain))} {
		if got := summary(t, readBytes(t, in)); !bytes.Equal(got, want) {
			t.Errorf("%s reads differently", name)
		}
	}
	// A reader that gives little at a time must not matter either.
	s, err := Read(io.MultiReader(bytes.NewReader(plain[:1000]), bytes.NewReader(plain[1000:1001]), bytes.NewReader(plain[1001:])), Options{})
	if err != nil || !bytes.Equal(summary(t, s), want) {
		t.Errorf("read in parts differs: %v", err)
	}
}

func readBytes(t *testing.T, in []byte) *Snapshot {
	t.Helper()
	s, err := Read(bytes.NewReader(in), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b)
	_ = z.Close()
	return out.Bytes()
}

func gunzip(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zstdOf(t *testing.T, b []byte) []byte {
	t.Helper()
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	return z.EncodeAll(b, nil)
}

// proto makes a profile with the sample types given.
func proto(t *testing.T, types ...string) []byte {
	t.Helper()
	p := &profile.Profile{}
	for _, name := range types {
		p.SampleType = append(p.SampleType, &profile.ValueType{Type: name, Unit: "count"})
	}
	var out bytes.Buffer
	if err := p.WriteUncompressed(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
