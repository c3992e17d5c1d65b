package tail

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"
)

// A Log against reads of the plain file in the same blocks, one after the other in each round: "ratio" is what matters.
func BenchmarkRead(b *testing.B) {
	const size = 32 << 20
	path := b.TempDir() + "/x.log"
	line := []byte("2026-11-24T08:15:00.000Z INFO  a line of a service that says what it does\n")
	text := make([]byte, 0, size)
	for len(text)+len(line) <= size {
		text = append(text, line...)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		b.Fatal(err)
	}
	for _, block := range []int{2 << 10, 16 << 10, 256 << 10} {
		b.Run(fmt.Sprintf("block=%d", block), func(b *testing.B) {
			buf := make([]byte, block)
			l, err := Open(path, Start{}, Options{})
			if err != nil {
				b.Fatal(err)
			}
			f, err := os.Open(path)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			var plain, log time.Duration
			for b.Loop() {
				begin := time.Now()
				read(b, f, buf, len(text))
				plain += time.Since(begin)
				if err := l.cur.seek(0); err != nil {
					b.Fatal(err)
				}
				begin = time.Now()
				read(b, l, buf, len(text))
				log += time.Since(begin)
				if _, err := f.Seek(0, io.SeekStart); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(log)/float64(plain), "ratio")
			if l.Close() != nil || f.Close() != nil {
				b.Fatal("close")
			}
		})
	}
}

func read(b *testing.B, r io.Reader, buf []byte, want int) {
	for n := 0; n < want; {
		k, err := r.Read(buf)
		if err != nil {
			b.Fatal(err)
		}
		n += k
	}
}

// A look at a log that is quiet, against the two calls of the system that it cannot do without.
func BenchmarkQuiet(b *testing.B) {
	path := b.TempDir() + "/x.log"
	if err := os.WriteFile(path, append(make([]byte, 4095), 10), 0o644); err != nil {
		b.Fatal(err)
	}
	l, err := Open(path, Start{From: End}, Options{})
	if err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	buf := make([]byte, 2<<10)
	b.ReportAllocs()
	var plain, log time.Duration
	for b.Loop() {
		begin := time.Now()
		if _, err := f.ReadAt(buf, 4096); err != io.EOF {
			b.Fatal(err)
		}
		if _, err := os.Stat(path); err != nil {
			b.Fatal(err)
		}
		plain += time.Since(begin)
		begin = time.Now()
		if _, err := l.Read(buf); err != io.EOF {
			b.Fatal(err)
		}
		log += time.Since(begin)
	}
	b.ReportMetric(float64(log)/float64(plain), "ratio")
	if l.Close() != nil || f.Close() != nil {
		b.Fatal("close")
	}
}

// Nothing is allocated for a read, and two small things for a look at the end.
func TestAllocations(t *testing.T) {
	p := newPlace(t)
	p.write("x.log", p.numbered(5000))
	l := p.open(Start{})
	buf := make([]byte, 512)
	_ = must(l.Read(buf))(t)
	_ = must(l.Read(buf))(t)
	_ = must(l.Read(buf))(t)
	if n := testing.AllocsPerRun(100, func() { _, _ = l.Read(buf) }); n != 0 {
		t.Errorf("%v allocations for a read", n)
	}
	p.read(l)
	if n := testing.AllocsPerRun(100, func() { _, _ = l.Read(buf) }); n > 2 {
		t.Errorf("%v allocations for a look at the end", n)
	}
}
