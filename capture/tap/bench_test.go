package tap_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/tap"
)

// BenchmarkPass is what a batch of 500 lines of 120 bytes costs on its way through a hub; "encoding" is
// what a sink does with the same batch, to compare with.
func BenchmarkPass(b *testing.B) {
	line := strings.Repeat("GET /index.html 200 ", 6)
	lines := make([]string, 500)
	for i := range lines {
		lines[i] = line
	}
	lines[250] = strings.Replace(line, "200", "500", 1)
	passing := batch("/var/log/app.log", lines...)
	b.Run("encoding", func(b *testing.B) {
		var e sink.Encoder
		var out []byte
		b.SetBytes(int64(len(passing.Buf)))
		for b.Loop() {
			out = e.AppendLines(out[:0], passing, 0, len(passing.Records))
		}
	})
	for name, filter := range map[string]*tap.Filter{
		"nobody": nil, "all": {}, "other-name": {Name: "web*"}, "grep": {Grep: " 5.. "},
	} {
		b.Run(name, func(b *testing.B) { pass(b, passing, filter, true) })
	}
	b.Run("stalled", func(b *testing.B) { pass(b, passing, &tap.Filter{}, false) })
}

func pass(b *testing.B, passing *record.Batch, filter *tap.Filter, read bool) {
	var h tap.Hub
	ctx, cancel := context.WithCancel(b.Context())
	var reading sync.WaitGroup
	defer reading.Wait()
	defer cancel()
	if filter != nil {
		tapped, err := h.Open(*filter)
		if err != nil {
			b.Fatal(err)
		}
		defer tapped.Close()
		if read {
			reading.Go(func() {
				for {
					if _, err := tapped.Read(ctx); err != nil {
						return
					}
				}
			})
		}
	}
	b.SetBytes(int64(len(passing.Buf)))
	for b.Loop() {
		h.Pass("f", passing)
	}
}
