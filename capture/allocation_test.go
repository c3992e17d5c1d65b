package capture_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/source"
	"github.com/logcap/logcap/capture/source/file"
)

// A line costs no allocation on its whole way, from the file to the answer of
// the sink: what is allocated is counted by batches, of which these files have
// some dozens, and by what begins and ends once. The server's allocations count too.
func TestALineAllocatesNothing(t *testing.T) {
	const lines, short = 200_000, 40_000 // in a long file, and in one that has as good as the same start and end
	var requests atomic.Uint64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	for _, c := range []struct {
		name string
		sink func(dir string) (sink.Sink, error)
	}{
		{"null", func(string) (sink.Sink, error) { return &sink.Null{}, nil }},
		{"text", func(dir string) (sink.Sink, error) {
			return sink.NewFile(sink.FileOptions{Path: filepath.Join(dir, "out.log"), Format: "text"})
		}},
		{"json", func(dir string) (sink.Sink, error) {
			return sink.NewFile(sink.FileOptions{Path: filepath.Join(dir, "out.log")})
		}},
		{"http zstd", func(string) (sink.Sink, error) { return sink.NewHTTP(sink.HTTPOptions{URL: server.URL}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			mallocs := func(lines int) (n, sent uint64) {
				requests.Store(0)
				dir := t.TempDir()
				in := filepath.Join(dir, "in.log")
				if err := os.WriteFile(in, numberedLines(lines), 0o600); err != nil {
					t.Fatal(err)
				}
				src, err := file.New(file.Options{Patterns: []string{in}, Start: source.Start{Mode: source.FromBeginning}})
				if err != nil {
					t.Fatal(err)
				}
				to, err := c.sink(dir)
				if err != nil {
					t.Fatal(err)
				}
				col, err := capture.New(capture.Config{Sources: []source.Source{src}, Sinks: []deliver.Config{{Name: "x", Sink: to}}})
				if err != nil {
					t.Fatal(err)
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				if err := col.Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				runtime.ReadMemStats(&after)
				if s := col.Stats().Sinks[0]; s.Delivered != uint64(lines) {
					t.Fatalf("delivered %d of %d", s.Delivered, lines)
				}
				return after.Mallocs - before.Mallocs, requests.Load()
			}
			few, fewSent := mallocs(short)
			many, manySent := mallocs(lines)
			t.Logf("%d allocations and %d requests for %d lines, %d and %d for %d", few, fewSent, short, many, manySent, lines)
			// On a slow machine bodies are smaller and more: a request, net/http's server included, has its own share.
			share := (lines-short)/100 + 150*(max(manySent, fewSent)-fewSent)
			if many > few+share {
				t.Errorf("%d lines more cost %d allocations more, at most %d were expected: one for 100 lines and 150 for a request", lines-short, many-few, share)
			}
		})
	}
}

// numberedLines is so many lines of about 70 bytes.
func numberedLines(n int) []byte {
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, "2026-11-24T08:00:00Z INFO \"GET /api/v1/orders/%d HTTP/1.1\" 200 %d us\n", i, i%977)
	}
	return b
}
