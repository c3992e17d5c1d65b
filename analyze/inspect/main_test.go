//go:build !linux

package inspect

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestUnsupported: what works elsewhere is said.
func TestUnsupported(t *testing.T) {
	_, err := Open(1, Options{})
	if err == nil || !strings.Contains(err.Error(), "on Linux only") || hintOf(err) == "" {
		t.Errorf("%v", err)
	}
}
