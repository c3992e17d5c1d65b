package sink

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/logcap/logcap/capture/record"
)

// lines are batches of a file source: access lines of 159 bytes in 256 KiB
// blocks, all of a block with the time at which it was read. bytes counts
// newlines too, as a file has them.
func lines(total int) (batches []*record.Batch, count, bytes int) {
	rng := rand.New(rand.NewPCG(1, 2))
	paths := []string{"/api/v1/orders", "/api/v1/users", "/healthz", "/static/app.js", "/checkout/cart", "/api/v2/search"}
	agents := []string{"curl/8.5.0", "Go-http-client/2.0", "Mozilla/5.0 (X11; Linux x86_64)", "kube-probe/1.31"}
	origin := &record.Origin{Key: "file:/var/log/bench.log", Source: "file", Name: "/var/log/bench.log"}
	var line []byte
	for bytes < total {
		b := &record.Batch{Origin: origin}
		for len(b.Buf) < 256<<10 {
			ms := count * 7 / 10
			line = fmt.Appendf(line[:0], "2026-11-24T%02d:%02d:%02d.%03dZ INFO 10.%d.%d.%d \"GET %s/%d HTTP/1.1\" %d %d %dus %s req=%016x",
				ms/3600000%24, ms/60000%60, ms/1000%60, ms%1000, rng.IntN(4), rng.IntN(256), rng.IntN(256),
				paths[rng.IntN(len(paths))], rng.IntN(100000), 200+100*(rng.IntN(20)/18), rng.IntN(50000), rng.IntN(900000),
				agents[rng.IntN(len(agents))], rng.Uint64())
			for len(line) < 143+rng.IntN(31) {
				line = fmt.Appendf(line, " k%d=%x", rng.IntN(9), rng.Uint32())
			}
			b.Append(record.Record{Time: 1795507200_000000000 + int64(len(batches))*1234567}, line)
			count++
			bytes += len(line) + 1
		}
		batches = append(batches, b)
	}
	return batches, count, bytes
}

// perGB reports what the bars are stated in; one goroutine works, so that wall time is CPU time.
func perGB(b *testing.B, lines, bytes, out int) {
	s := b.Elapsed().Seconds() / float64(b.N)
	b.ReportMetric(s/float64(bytes)*1e9, "s/GB")
	b.ReportMetric(float64(lines)/s/1e6, "Mlines/s")
	b.ReportMetric(float64(out)/float64(bytes), "out/in")
}

const benchBytes = 32 << 20

// perRequest is as many of those batches as the HTTP sink gets at once.
const perRequest = bodyBytes / (256 << 10)

func BenchmarkJSON(b *testing.B) {
	all, count, bytes := lines(benchBytes)
	var e Encoder
	var buf []byte
	out := 0
	b.ReportAllocs()
	for b.Loop() {
		out = 0
		for part := range slices.Chunk(all, perRequest) {
			buf = e.AppendBody(buf[:0], part)
			out += len(buf)
		}
	}
	perGB(b, count, bytes, out)
}

// BenchmarkZstd is the fastest level of package zstd and what the sink uses
// instead, on bodies: what zstdWriter is there for.
func BenchmarkZstd(b *testing.B) {
	all, count, bytes := lines(benchBytes)
	var e Encoder
	var bodies [][]byte
	for part := range slices.Chunk(all, perRequest) {
		bodies = append(bodies, e.AppendBody(nil, part))
	}
	level, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithWindowSize(bodyBytes), zstd.WithEncoderCRC(false))
	if err != nil {
		b.Fatal(err)
	}
	defer level.Close()
	fast := newZstdWriter()
	for _, c := range []struct {
		name     string
		compress func(dst, src []byte) []byte
	}{
		{"level", func(dst, src []byte) []byte { return level.EncodeAll(src, dst) }},
		{"fast", func(dst, src []byte) []byte {
			fast.begin()
			if err := fast.add(src); err != nil {
				b.Fatal(err)
			}
			packed, err := fast.end(dst)
			if err != nil {
				b.Fatal(err)
			}
			return packed
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var packed []byte
			out := 0
			b.ReportAllocs()
			for b.Loop() {
				out = 0
				for _, body := range bodies {
					packed = c.compress(packed[:0], body)
					out += len(packed)
				}
			}
			perGB(b, count, bytes, out)
		})
	}
}

// BenchmarkBody is JSON and compression, as the HTTP sink does them.
func BenchmarkBody(b *testing.B) {
	all, count, bytes := lines(benchBytes)
	for _, compress := range []string{"zstd", "gzip", "none"} {
		b.Run(compress, func(b *testing.B) {
			body, err := newBody(compress)
			if err != nil {
				b.Fatal(err)
			}
			out := 0
			b.ReportAllocs()
			for b.Loop() {
				out = 0
				for part := range slices.Chunk(all, perRequest) {
					packed, _, err := body.pack(part)
					if err != nil {
						b.Fatal(err)
					}
					out += len(packed)
				}
			}
			perGB(b, count, bytes, out)
		})
	}
}

// BenchmarkFile writes a file and begins it anew for each round.
func BenchmarkFile(b *testing.B) {
	all, count, bytes := lines(benchBytes)
	for _, format := range []string{"json", "text"} {
		b.Run(format, func(b *testing.B) {
			path := filepath.Join(b.TempDir(), "x.log")
			s, err := NewFile(FileOptions{Path: path, Format: format})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			var out int64
			b.ReportAllocs()
			for b.Loop() {
				if err := os.Truncate(path, 0); err != nil {
					b.Fatal(err)
				}
				for part := range slices.Chunk(all, perRequest) {
					if err := s.Write(b.Context(), part); err != nil {
						b.Fatal(err)
					}
				}
				info, err := os.Stat(path)
				if err != nil {
					b.Fatal(err)
				}
				out = info.Size()
			}
			perGB(b, count, bytes, int(out))
		})
	}
}

// BenchmarkHTTP posts to a server of this process that throws bodies away: CPU is that of both.
func BenchmarkHTTP(b *testing.B) {
	all, count, bytes := lines(benchBytes)
	var out atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		out.Add(n)
	}))
	defer server.Close()
	h, err := NewHTTP(HTTPOptions{URL: server.URL})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	b.ReportAllocs()
	for b.Loop() {
		out.Store(0)
		for part := range slices.Chunk(all, perRequest) {
			if err := h.Write(b.Context(), part); err != nil {
				b.Fatal(err)
			}
		}
	}
	perGB(b, count, bytes, int(out.Load()))
}
