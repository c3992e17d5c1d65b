package scrape

import (
	"regexp"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
)

// GoVersion finds the target's Go version, as "go1.26.1" or "go1.26", in what
// it answered; "" when nothing tells. Each argument may be nil. Best is
// go_info of its metrics, then the toolchain's folder in the paths of standard
// library files (absent after -trimpath); a trace's header comes last, for it
// names the newest format change and so only a lower bound.
func GoVersion(metrics []byte, snap *goroutine.Snapshot, tr *exectrace.Trace) string {
	if v := versionFromMetrics(metrics); v != "" {
		return v
	}
	if v := versionFromPaths(snap); v != "" {
		return v
	}
	if tr != nil {
		return tr.GoVersion
	}
	return ""
}

// toolchainPath finds the version in .../toolchain@v0.0.1-go1.27.4.linux-amd64/src/,
// .../sdk/go1.26.1/src/, .../go-1.22/src/, .../go/1.22.3/x64/src/ and .../go/1.22.3/libexec/src/.
var toolchainPath = regexp.MustCompile(`(?:^|[/\\-])go[-/\\]?(1\.\d+(?:\.\d+|rc\d+|beta\d+)?)(?:\.[a-z0-9]+-[a-z0-9]+)?(?:[/\\](?:x64|arm64|libexec|share[/\\]go))?[/\\]src[/\\]`)

func versionFromPaths(snap *goroutine.Snapshot) string {
	if snap == nil {
		return ""
	}
	for _, s := range snap.Stacks {
		for _, f := range s.Frames {
			if m := toolchainPath.FindStringSubmatch(f.File); m != nil {
				return "go" + m[1]
			}
		}
	}
	return ""
}
