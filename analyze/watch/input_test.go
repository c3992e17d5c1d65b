package watch

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const twoSenders = `goroutine 7 [chan send, 5 minutes]:
main.work(0x1)
	/app/work.go:12 +0x44
created by main.main in goroutine 1
	/app/main.go:8 +0x55

goroutine 8 [chan send, 3 minutes]:
main.work(0x2)
	/app/work.go:12 +0x44
created by main.main in goroutine 1
	/app/main.go:8 +0x55
`

// The sum in a report is of the file as it lies on disk, whatever a parser left unread.
func TestSourceIsTheWholeInput(t *testing.T) {
	body := twoSenders + "\n" + strings.Repeat("the service goes on\n", 10_000)
	sum := sha256.Sum256([]byte(body))
	file := filepath.Join(t.TempDir(), "dump.txt")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, "-"} {
		all, err := Load([]string{name}, From{Stdin: strings.NewReader(body)})
		if err != nil {
			t.Fatal(err)
		}
		src := all[0].Sources[0]
		if src.SHA256 != hex.EncodeToString(sum[:]) || src.Bytes != int64(len(body)) || src.Name != filepath.Base(name) {
			t.Errorf("%s: source %+v, want %d bytes with sum %x", name, src, len(body), sum)
		}
	}
	in, err := openInput(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.Discard(10); err != nil { // a parser that stops early
		t.Fatal(err)
	}
	if src, err := in.source(); err != nil || src.SHA256 != hex.EncodeToString(sum[:]) {
		t.Errorf("after ten bytes: %+v, %v", src, err)
	}
}

// A long input is not held in memory: what is allocated does not depend on its length.
func TestInputStreams(t *testing.T) {
	const lines = 2 << 20 // 40 MiB
	long := io.MultiReader(bufio.NewReaderSize(&repeated{"the service goes on\n", lines}, 1<<16), strings.NewReader(twoSenders))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	all, err := Load([]string{"-"}, From{Stdin: long})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if n := all[0].Sources[0].Bytes; n != lines*20+int64(len(twoSenders)) {
		t.Errorf("%d bytes", n)
	}
	if total := all[0].History.Total; len(total) != 1 || total[0].N != 2 {
		t.Errorf("counts %v, want one of 2", total)
	}
	if got := (after.TotalAlloc - before.TotalAlloc) >> 20; got > 8 {
		t.Errorf("%d MiB allocated for an input of 40 MiB", got)
	}
}

func TestInputTooLong(t *testing.T) {
	b, err := io.ReadAll(&capped{strings.NewReader("12345"), 5})
	if err != nil || string(b) != "12345" {
		t.Errorf("at the limit: %q, %v", b, err)
	}
	if _, err = io.ReadAll(&capped{strings.NewReader("123456"), 5}); err == nil {
		t.Error("more than the limit was read")
	}
}

// repeated is a line so many times.
type repeated struct {
	line string
	left int
}

func (r *repeated) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for ; r.left > 0 && len(p)-n >= len(r.line); r.left-- {
		n += copy(p[n:], r.line)
	}
	return n, nil // none when p is too short for a line: the caller comes again
}
