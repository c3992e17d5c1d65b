//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// build makes the target, and the other Go program that it turns into.
func build(dir, toolchain string) error {
	if err := goBuild(".", "", filepath.Join(dir, "other"), "./scripts/memory/target"); err != nil {
		return err
	}
	target := filepath.Join(dir, "target")
	if toolchain == "" {
		return goBuild(".", "", target, "./scripts/chaos/target")
	}
	// Older toolchains refuse this module: its files become one of their own.
	module := filepath.Join(dir, "module")
	if err := os.CopyFS(module, os.DirFS("scripts/chaos/target")); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(module, "go.mod"), []byte("module target\n\ngo 1.22\n"), 0o644); err != nil {
		return err
	}
	return goBuild(module, toolchain, target, ".")
}

func goBuild(in, toolchain, out, pkg string) error {
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Dir = in
	if toolchain != "" {
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+toolchain)
	}
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", pkg, err, said)
	}
	return nil
}
