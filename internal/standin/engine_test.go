package standin

import (
	"path/filepath"
	"testing"
)

// newEngine is one that ends with the test.
func newEngine(t *testing.T, o Options) *Engine {
	t.Helper()
	o.Path = filepath.Join(t.TempDir(), "d.sock")
	e, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
