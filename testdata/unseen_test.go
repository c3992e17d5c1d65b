package programs_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestUnseen runs the programs made after public bug reports, as TestLeaky does its own.
func TestUnseen(t *testing.T) {
	runLeaky(t, "unseen", func(name string, e expect) {
		switch {
		case !strings.HasPrefix(name, e.Mechanism+"-"):
			t.Errorf("%s: expect.json names the mechanism %q", name, e.Mechanism)
		case !slices.Equal(e.Styles, []string{"func"}) || len(e.Variants) != 0:
			t.Errorf("%s: expect.json has the styles %q and the variants %q", name, e.Styles, e.Variants)
		case !strings.HasPrefix(e.Report, "https://"):
			t.Errorf("%s: expect.json has the report %q", name, e.Report)
		}
	})
}

// TestUnseenMarkers holds the marks of the same programs against their expect.json.
func TestUnseenMarkers(t *testing.T) {
	for _, folder := range programFolders(t, "unseen") {
		t.Run(filepath.Base(folder), func(t *testing.T) { checkMarkers(t, readExpect(t, folder), readMarkers(t, folder)) })
	}
}
