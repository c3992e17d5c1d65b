//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
)

// page is where the figures are kept, between two marks.
const (
	page  = "docs/memory-cost.md"
	begin = "<!-- what go run ./scripts/memory printed -->\n"
	end   = "<!-- its end -->\n"
)

func updatePage(tables []byte) error {
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, ok1 := bytes.Cut(old, []byte(begin))
	_, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok1 || !ok2 {
		return fmt.Errorf("%s has no place for the tables between %q and %q", page, begin, end)
	}
	var out bytes.Buffer
	for _, part := range [][]byte{before, []byte(begin), []byte("\n"), tables, []byte("\n"), []byte(end), after} {
		out.Write(part)
	}
	return os.WriteFile(page, out.Bytes(), 0o644)
}
