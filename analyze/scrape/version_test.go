package scrape

import (
	"strings"
	"testing"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
)

func TestGoVersion(t *testing.T) {
	at := func(file string) *goroutine.Snapshot {
		return &goroutine.Snapshot{Stacks: []goroutine.Stack{{Frames: []goroutine.Frame{{Func: "main.main", File: "/src/go.1.9/main.go"}, {Func: "net.f", File: file}}}}}
	}
	trace := &exectrace.Trace{GoVersion: "go1.26"}
	for _, test := range []struct {
		name, metrics string
		snap          *goroutine.Snapshot
		trace         *exectrace.Trace
		want          string
	}{
		{name: "nothing"},
		{name: "metrics", metrics: "x 1\ngo_info{version=\"go1.26.1\"} 1\n", snap: at("/usr/local/go1.25.1/src/a.go"), want: "go1.26.1"},
		{name: "metrics with labels", metrics: "go_info{job=\"a\",version=\"go1.27.0 X:nodwarf5\"} 1\n", trace: trace, want: "go1.27.0"},
		{name: "no go_info", metrics: "other{version=\"go1.26.1\"} 1\n", trace: trace, want: "go1.26"},
		{name: "toolchain", snap: at("/m/golang.org/toolchain@v0.0.1-go1.27.4.linux-amd64/src/net/x.go"), trace: trace, want: "go1.27.4"},
		{name: "sdk", snap: at("/home/u/sdk/go1.26.1/src/net/x.go"), want: "go1.26.1"},
		{name: "candidate", snap: at("/home/u/sdk/go1.27rc1/src/net/x.go"), want: "go1.27rc1"},
		{name: "debian", snap: at("/usr/lib/go-1.22/src/net/x.go"), want: "go1.22"},
		{name: "hosted", snap: at("/opt/hostedtoolcache/go/1.22.3/x64/src/net/x.go"), want: "go1.22.3"},
		{name: "brew", snap: at("/opt/homebrew/Cellar/go/1.24.0/libexec/src/net/x.go"), want: "go1.24.0"},
		{name: "windows", snap: at(`C:\sdk\go1.26.1\src\net\x.go`), want: "go1.26.1"},
		{name: "official image", snap: at("/usr/local/go/src/net/x.go"), trace: trace, want: "go1.26"},
		{name: "trimmed", snap: at("net/x.go")},
	} {
		if got := GoVersion([]byte(test.metrics), test.snap, test.trace); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestLooksLikeMetrics(t *testing.T) {
	for body, want := range map[string]bool{
		"# HELP a b\n":                       true,
		"\n\n# a comment\nup 1\n":            true,
		`a{b="c d",e="}"} 1.5e3 1700000000`:  true,
		"a NaN\n":                            true,
		"":                                   false,
		"# only a comment\n":                 false,
		"<html>":                             false,
		`{"a": 1}`:                           false,
		"hello world\n":                      false,
		strings.Repeat("é", 100) + " 1\na 1": false,
	} {
		if got := looksLikeMetrics([]byte(body)); got != want {
			t.Errorf("%q: %v, want %v", body, got, want)
		}
	}
}

// FuzzMemStats: the tail is found however the bytes are cut into reads, and nothing before it is kept.
func FuzzMemStats(f *testing.F) {
	f.Add("heap profile: 1\n\n# runtime.MemStats\n# Alloc = 1\n")
	f.Add("# runtime.MemStats")
	f.Add(strings.Repeat("x", 70_000) + "# runtime.MemStats\n")
	f.Fuzz(func(t *testing.T, s string) {
		body, err := memStats(1 << 20)(strings.NewReader(s))
		if err != nil {
			return
		}
		if !strings.HasPrefix(string(body), string(memStatsHead)) || !strings.HasSuffix(s, string(body)) {
			t.Errorf("%q of %q", body, s)
		}
	})
}
