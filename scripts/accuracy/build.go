package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// binaries are where everything was built.
type binaries struct {
	logcap   string
	programs string // folder
	go127    string // folder, "" when it was not asked for
}

// build compiles logcap, unless one is given, and the programs that cases need into dir.
func build(ctx context.Context, root, dir, logcap string, cases []testCase) (binaries, error) {
	b := binaries{logcap: logcap}
	if logcap == "" {
		b.logcap = filepath.Join(dir, "logcap")
		if err := goBuild(ctx, root, nil, b.logcap, "./cmd/logcap"); err != nil {
			return b, err
		}
	}
	var now, next []string
	for _, c := range cases {
		path := "./" + string(c.Kind) + "/" + c.Program
		if c.Go127 {
			next = append(next, path)
		} else {
			now = append(now, path)
		}
	}
	testdata := filepath.Join(root, "testdata")
	if len(now) > 0 {
		b.programs = filepath.Join(dir, "programs")
		if err := goBuild(ctx, testdata, nil, b.programs+string(filepath.Separator), now...); err != nil {
			return b, err
		}
	}
	if len(next) > 0 {
		b.go127 = filepath.Join(dir, "programs-go127")
		if err := goBuild(ctx, testdata, []string{"GOTOOLCHAIN=go1.27.4"}, b.go127+string(filepath.Separator), next...); err != nil {
			return b, err
		}
	}
	return b, nil
}

func goBuild(ctx context.Context, dir string, env []string, to string, packages ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-o", to}, packages...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", strings.Join(packages, " "), err, out)
	}
	return nil
}

// program is the binary of a case.
func (b binaries) program(c testCase) string {
	if c.Go127 {
		return filepath.Join(b.go127, c.Program)
	}
	return filepath.Join(b.programs, c.Program)
}

// version is the first line that a logcap says of itself.
func version(ctx context.Context, logcap string) (string, error) {
	out, err := exec.CommandContext(ctx, logcap, "version").Output()
	if err != nil {
		return "", fmt.Errorf("ask %s for its version: %w", logcap, err)
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line, nil
}
