package source

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// BenchmarkStandardLibrary opens the standard library's source, 555,000 lines,
// for places of net/http.
func BenchmarkStandardLibrary(b *testing.B) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	src := filepath.Join(strings.TrimSpace(string(out)), "src")
	for b.Loop() {
		began := time.Now()
		tree, err := Open(b.Context(), Options{Path: src}, Hints{Positions: []Position{
			{Func: "net/http.(*persistConn).readLoop", File: "/usr/local/go/src/net/http/transport.go", Line: 2300},
			{Func: "net/http.(*persistConn).writeLoop", File: "/usr/local/go/src/net/http/transport.go", Line: 2600},
		}})
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.Logf("%v, %d lines in %d packages, %d functions, from the system %d MB, warnings %q",
			time.Since(began), tree.Lines, len(tree.Program.Packages), len(tree.Program.Funcs), m.Sys>>20, tree.Warnings)
		for _, p := range tree.Program.Packages {
			if len(p.Errors) > 0 {
				b.Errorf("%s: %v", p.Path, p.Errors[0])
			}
		}
	}
}
