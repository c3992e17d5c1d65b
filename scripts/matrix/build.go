//go:build linux && (amd64 || arm64)

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// build is one way to build a program.
type build struct {
	name  string
	cgo   bool
	flags []string
}

func builds() []build {
	return []build{
		{name: "plain"},
		{name: "-s -w", flags: []string{"-ldflags=-s -w"}},
		{name: "pie", flags: []string{"-buildmode=pie"}},
		{name: "pie -s -w", flags: []string{"-buildmode=pie", "-ldflags=-s -w"}},
		{name: "cgo", cgo: true},
		{name: "-trimpath", flags: []string{"-trimpath"}},
		{name: "all of them", cgo: true, flags: []string{"-buildmode=pie", "-trimpath", "-ldflags=-s -w"}},
	}
}

// compile builds the target with a toolchain and gives the binary's path.
func (b build) compile(ctx context.Context, root, dir, version string) (string, error) {
	bin := filepath.Join(dir, version+"-"+strings.NewReplacer(" ", "", "-", "").Replace(b.name))
	cgo := "CGO_ENABLED=0"
	if b.cgo {
		cgo = "CGO_ENABLED=1"
	}
	args := append([]string{"build", "-o", bin}, b.flags...)
	return bin, goCommand(ctx, filepath.Join(root, "scripts", "matrix", "target"), []string{cgo, "GOTOOLCHAIN=" + version}, append(args, ".")...)
}

func goCommand(ctx context.Context, dir string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}
