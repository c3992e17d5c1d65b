package goroutine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"
)

const twoGoroutines = `goroutine 1 [running]:
main.main()
	/src/main.go:5 +0x1d

goroutine 18 [chan receive, 3 minutes]:
main.worker(0xc0001, {0x1, 0x2})
	/src/w.go:12 +0x1d
created by main.start in goroutine 1
	/src/w.go:8 +0x2b
`

func TestDumpInLogs(t *testing.T) {
	each := func(prefix func(i int) string) string {
		var b strings.Builder
		for i, line := range strings.SplitAfter(strings.TrimSuffix(twoGoroutines, "\n"), "\n") {
			b.WriteString(prefix(i) + line)
		}
		return b.String() + "\n"
	}
	tests := []struct{ name, in string }{
		{"alone", twoGoroutines},
		{"between lines", "10:00 started\n10:01 request\nSIGQUIT: quit\nPC=0x7 m=0 sigcode=0\n\n" + twoGoroutines + "\nrax    0xca\nrip    0x4\n10:02 restarted\n"},
		{"crlf", strings.ReplaceAll(twoGoroutines, "\n", "\r\n")},
		{"container time", each(func(i int) string { return fmt.Sprintf("2026-01-02T03:04:05.%dZ ", 123456789+i*1000) })},
		{"container time of any length, trimmed ends", strings.ReplaceAll(each(func(i int) string { return fmt.Sprintf("2026-01-02T03:04:%02d.%dZ stderr F ", i, 1+i*977) }), " \n", "\n")},
		{"compose", "web_1  | hello\n" + each(func(int) string { return "web_1  | " })},
		{"compose, cut in a prefix", each(func(int) string { return "web_1  | " }) + "web_1  | "},
		{"other writers in between", strings.ReplaceAll(twoGoroutines, "main.worker(", "10:02 GET / 200\nmain.worker(")},
		{"after a message on the same line", "2026/01/02 03:04:05 stack: " + twoGoroutines},
		{"no newline at the end", strings.TrimSuffix(twoGoroutines, "\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := readBytes(t, []byte(tt.in))
			if s.Total != 2 || s.Truncated || len(s.Stacks) != 2 {
				t.Fatalf("got %d goroutines, truncated %t, %v", s.Total, s.Truncated, s.Warnings)
			}
			w := s.Stacks[1]
			if w.Key() != "main.worker" || w.Created.Line != 8 || w.State != "chan receive" || w.Goroutines[0] != (Goroutine{18, 1, 3}) {
				t.Errorf("got %+v", w)
			}
			if plain := tt.name == "alone" || tt.name == "crlf" || strings.HasPrefix(tt.name, "no newline"); (s.Form == Debug2) != plain {
				t.Errorf("form is %s", s.Form)
			}
		})
	}
}

// TestBrokenGoroutine: what is broken is skipped with its line, the rest stands.
func TestBrokenGoroutine(t *testing.T) {
	tests := []struct {
		name, old, new string
		line           int
		says           string
	}{
		{"position without line", "/src/w.go:12 +0x1d", "/src/w.go +0x1d", 7, "/src/w.go"},
		{"function without position", "\t/src/w.go:12 +0x1d\n", "", 7, "created by main.start"},
		{"control bytes", "/src/w.go:12 +0x1d", "\x1b[31m\a<script>|", 7, `\x1b[31m\a<script>|`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := strings.Replace(twoGoroutines, tt.old, tt.new, 1) + "\n" + strings.Replace(twoGoroutines, "goroutine 1 [running]", "goroutine 30 [select]", 1)
			s := readBytes(t, []byte(in))
			if s.Total != 3 || len(s.Warnings) != 1 {
				t.Fatalf("got %d goroutines and %v, want 3 and one warning", s.Total, s.Warnings)
			}
			w := s.Warnings[0]
			if w.Line != tt.line || !strings.Contains(w.Text, "goroutine 18 is skipped") || !strings.Contains(w.Text, tt.says) || strings.ContainsAny(w.Text, "\x1b\a\n") {
				t.Errorf("warning is %+v, want line %d and %q", w, tt.line, tt.says)
			}
		})
	}
}

// TestCutAnywhere: a dump that ends at any byte is truncated or whole, and never
// holds a goroutine that the whole one does not hold.
func TestCutAnywhere(t *testing.T) {
	whole := twoGoroutines + "\n" + strings.ReplaceAll(twoGoroutines, "goroutine 1", "goroutine 40")
	for n := len("goroutine 1 [running]:\nmain.main()\n\t/src/main.go:5 +0x1d\n\n"); n < len(whole); n++ {
		s := readBytes(t, []byte(whole[:n]))
		for _, st := range s.Stacks {
			if key := st.Key(); key != "main.main" && key != "main.worker" {
				t.Fatalf("cut at %d: key %q", n, key)
			}
		}
		ended := whole[n-1] == '\n' || strings.HasSuffix(whole[:n], " +0x2b") || strings.HasSuffix(whole[:n], " +0x2") || strings.HasSuffix(whole[:n], " +0x")
		if !ended && !s.Truncated {
			t.Errorf("cut at %d (%q) is not seen", n, whole[max(0, n-20):n])
		}
	}
}

// TestCutAt64MiB: net/http/pprof cuts at 64 MiB without a mark.
func TestCutAt64MiB(t *testing.T) {
	one := strings.SplitAfter(twoGoroutines, "\n\n")[1]
	var b bytes.Buffer
	for b.Len() < cutSize {
		b.WriteString(one)
		b.WriteByte('\n')
	}
	in := b.Bytes()[:cutSize]
	s, err := ReadDump(bytes.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if want := bytes.Count(in, []byte("in goroutine 1\n\t/src/w.go:8 +0x2b\n")); !s.Truncated || s.Total != want || len(s.Warnings) != 1 {
		t.Errorf("got %d goroutines, want %d; truncated %t; %v", s.Total, want, s.Truncated, s.Warnings)
	}
	// The same size with an end that looks whole.
	pad := cutSize - len(in[:bytes.LastIndex(in, []byte("\n\n"))+2])
	whole := append(bytes.Repeat([]byte("\n"), pad), in[:cutSize-pad]...)
	if s, err = ReadDump(bytes.NewReader(whole)); err != nil || !s.Truncated {
		t.Errorf("a whole end at 64 MiB is not seen as cut: %v", err)
	}
}

// TestFastIsSlow: goroutines that are matched by their bytes come out as those
// that are read line by line. A header that is indented is never matched.
func TestFastIsSlow(t *testing.T) {
	for _, dir := range releases(t) {
		for _, name := range []string{"goroutine.debug2.txt", "crash.txt"} {
			once := readFile(t, dir+"/"+name)
			if name == "crash.txt" {
				once = once[bytes.Index(once, []byte("goroutine ")):]
				once = append(once[:bytes.Index(once, []byte("\nrax"))], '\n')
			}
			one := readBytes(t, once)
			many := readBytes(t, bytes.Repeat(append(bytes.TrimRight(once, "\n"), "\n\n"...), 5))
			if many.Total != 5*one.Total || len(many.Stacks) != len(one.Stacks) {
				t.Errorf("%s/%s: %d goroutines in %d stacks, five times over %d in %d", dir, name, one.Total, len(one.Stacks), many.Total, len(many.Stacks))
				continue
			}
			for i := range one.Stacks {
				a, b := &one.Stacks[i], &many.Stacks[i]
				if string(appendStack(nil, a)) != string(appendStack(nil, b)) || b.Count != 5*a.Count || len(b.Goroutines) != b.Count {
					t.Errorf("%s/%s: %+v is not five times %+v", dir, name, b, a)
				}
				for j, g := range b.Goroutines {
					if g != a.Goroutines[j%a.Count] {
						t.Errorf("%s/%s: goroutine %+v, want %+v", dir, name, g, a.Goroutines[j%a.Count])
					}
				}
			}
			slow, err := ReadDump(iotest.OneByteReader(bytes.NewReader(once)))
			if err != nil || !bytes.Equal(summary(t, slow), summary(t, one)) {
				t.Errorf("%s/%s: byte by byte it reads differently: %v", dir, name, err)
			}
		}
	}
}

func TestSeveralDumps(t *testing.T) {
	small := "10:00 http: panic serving 127.0.0.1:5: boom\n" + strings.SplitAfter(twoGoroutines, "\n\n")[0] + "10:01 going on\n"
	s := readBytes(t, []byte(small+"SIGQUIT: quit\n\n"+twoGoroutines))
	if s.Total != 2 || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0].Text, "more than one dump") {
		t.Errorf("got %d goroutines and %v", s.Total, s.Warnings)
	}
}

func TestOtherThread(t *testing.T) {
	s := readBytes(t, []byte("goroutine 5 [running]:\n\tgoroutine running on other thread; stack unavailable\ncreated by main.start in goroutine 1\n\t/src/w.go:8 +0x2b\n\n"+twoGoroutines))
	if s.Total != 3 || s.Stacks[len(s.Stacks)-1].Key() != "started by main.start" {
		t.Errorf("got %d goroutines, %+v", s.Total, s.Stacks)
	}
	again := "-----\n\ngoroutine 5 [running]:\nmain.spin()\n\t/src/w.go:50 +0x1\ncreated by main.start in goroutine 1\n\t/src/w.go:8 +0x2b\n"
	s = readBytes(t, []byte("goroutine 5 [running]:\n\tgoroutine running on other thread; stack unavailable\n\n"+twoGoroutines+"\n"+again))
	if s.Total != 3 || s.Stacks[2].Key() != "main.spin" {
		t.Errorf("got %d goroutines, %+v", s.Total, s.Stacks)
	}
}
