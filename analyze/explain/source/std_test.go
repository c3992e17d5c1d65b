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
			{Func: "net/http.(*persistConn).readLoop", File: "/usr/local/go/src/net/http/transport.go", Line: 1},
			{Func: "net/http.(*persistConn).writeLoop", File: "/usr/local/go/src/net/http/transport.go", Line: 1},
		}})
		if err != nil {
			b.Fatal(err)
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.Logf("%v, %d lines, %d packages, %d functions, %v, heap %d MB, from the system %d MB", time.Since(began), tree.Lines, len(tree.Program.Packages), len(tree.Program.Funcs), tree.Warnings, m.HeapAlloc>>20, m.Sys>>20)
		n := 0
		for _, p := range tree.Program.Packages {
			for _, e := range p.Errors {
				if n++; n < 10 {
					b.Log(e)
				}
			}
		}
	}
}
