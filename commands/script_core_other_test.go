//go:build !linux

package commands

import "github.com/rogpeppe/go-internal/testscript"

// scriptCore is for Linux: scripts that call it are skipped elsewhere.
func scriptCore(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Fatalf("cores are written on Linux")
}
