//go:build linux && (amd64 || arm64)

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// rewrite puts a table between the marks of its part in docs/memory.md.
func rewrite(root, part, table string) error {
	path := filepath.Join(root, "docs", "memory.md")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	out, err := between(string(text), part, table)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return os.WriteFile(path, []byte(out), 0o644)
}

// between replaces what stands between a part's two marks.
func between(text, part, table string) (string, error) {
	begin := fmt.Sprintf("<!-- made by: go run ./scripts/matrix -update -part %s -->\n", part)
	const end = "<!-- end -->"
	before, rest, ok := strings.Cut(text, begin)
	_, after, ended := strings.Cut(rest, end)
	if !ok || !ended {
		return "", fmt.Errorf("no place for the table: %q and then %q", strings.TrimSpace(begin), end)
	}
	return before + begin + table + end + after, nil
}
