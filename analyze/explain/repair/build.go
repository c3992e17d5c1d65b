package repair

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// BuildTimeout bounds one build of a changed tree.
const BuildTimeout = 2 * time.Minute

// Outcome is what the compiler said of a change.
type Outcome struct {
	OK     bool
	Output string // what it printed, at most a few lines
}

// Build compiles packages of a tree with a change laid over it; the tree itself
// is not written to. dir is where the go command runs, patterns are packages as it takes them.
// An error means that it could not be tried.
func Build(ctx context.Context, dir string, patterns []string, c *Change, env []string) (Outcome, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return Outcome{}, fmt.Errorf("build the change: %w", err)
	}
	tmp, err := os.MkdirTemp("", "logcap-build-")
	if err != nil {
		return Outcome{}, fmt.Errorf("build the change: %w", err)
	}
	defer os.RemoveAll(tmp)
	overlay, err := lay(tmp, c)
	if err != nil {
		return Outcome{}, fmt.Errorf("build the change: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, BuildTimeout)
	defer cancel()
	args := append([]string{"build", "-o", os.DevNull, "-overlay", overlay, "--"}, patterns...)
	if len(patterns) != 1 {
		args = append([]string{"build", "-overlay", overlay, "--"}, patterns...)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = dir, append(env, "GOPROXY=off", "GOTOOLCHAIN=local"), 5*time.Second
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return Outcome{OK: true}, nil
	case ctx.Err() != nil:
		return Outcome{}, fmt.Errorf("build the change: %w", ctx.Err())
	case errors.As(err, &exit):
		return Outcome{Output: first(strings.ReplaceAll(out.String(), tmp+string(filepath.Separator), ""), 8)}, nil
	}
	return Outcome{}, fmt.Errorf("build the change: %w", err)
}

// lay writes the changed files and the go command's overlay file that puts them in the place of those in the tree.
func lay(tmp string, c *Change) (string, error) {
	replace := map[string]string{}
	for i, name := range c.Names() {
		at := filepath.Join(tmp, fmt.Sprint(i), filepath.Base(name))
		if err := os.Mkdir(filepath.Dir(at), 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(at, c.Files[name].After, 0o600); err != nil {
			return "", err
		}
		replace[name] = at
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	at := filepath.Join(tmp, "overlay.json")
	return at, os.WriteFile(at, data, 0o600)
}

func first(s string, n int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	if len(all) > n {
		all = append(all[:n], "…")
	}
	return strings.Join(all, "\n")
}
