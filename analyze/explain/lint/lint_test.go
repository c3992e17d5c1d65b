package lint

import (
	"testing"

	"go.uber.org/goleak"
	"golang.org/x/tools/go/analysis/analysistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestAnalyzer compares what is reported, and the facts that other packages
// get, with the want comments of testdata/src. The packages named quiet hold what must not be reported.
func TestAnalyzer(t *testing.T) {
	analysistest.Run(t, analysistest.TestData(), Analyzer(), "sends", "quiet", "waits", "guard", "locks", "locksquiet", "opened", "handles", "web", "ticker")
}
