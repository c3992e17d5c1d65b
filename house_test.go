// Package logcap_test holds the rules of the house: each test fails with the reason for its rule.
package logcap_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/logcap/logcap/"

// allowed says which rooms of ours a room may import, and why it stays that few.
var allowed = map[string]struct {
	rooms []string
	why   string
}{
	"analyze/goroutine": {nil, "both halves of logcap read profiles with it, so it must not bring either of them along"},
	"analyze/growth":    {nil, "arithmetic on counts knows no goroutine: it can be checked against textbooks and simulations alone"},
	"analyze/exectrace": {[]string{"analyze/goroutine"}, "a trace becomes births and activity and nothing else"},
	"analyze/recording": {[]string{"analyze/goroutine"}, "the recording stores what was answered and judges nothing"},
	"analyze/scrape":    {[]string{"analyze/goroutine", "analyze/recording"}, "asking a target must not depend on what will be concluded"},
	"analyze":           {[]string{"analyze/goroutine", "analyze/growth", "analyze/exectrace"}, "the judgement is pure: no disk, no network, no clock"},
	"analyze/watch":     {[]string{"analyze", "analyze/goroutine", "analyze/exectrace", "analyze/recording", "analyze/scrape"}, "the one place where asking, keeping and judging meet"},
	"analyze/evidence":  {[]string{"analyze", "analyze/goroutine", "analyze/growth"}, "what the target's own logs and metrics say becomes part of a history"},
	"report":            {[]string{"analyze", "analyze/goroutine", "analyze/growth"}, "a report renders an analysis; how that was won is not its business"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		room := strings.TrimPrefix(p.ImportPath, module)
		rule, ok := allowed[room]
		if !ok {
			continue
		}
		for _, imp := range p.Imports {
			other, ours := strings.CutPrefix(imp, module)
			if ours && !contains(rule.rooms, other) {
				t.Errorf("%s imports %s, and may not: %s", room, other, rule.why)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
