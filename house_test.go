// Package logcap_test holds the rules of the house: each test fails with the reason for its rule.
package logcap_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const module = "github.com/logcap/logcap/"

// allowed says which rooms of ours a room may import, and why it stays that few.
var allowed = map[string]struct {
	rooms []string
	why   string
}{
	"analyze/goroutine":         {nil, "both halves of logcap read profiles with it, so it must not bring either of them along"},
	"analyze/growth":            {nil, "arithmetic on counts knows no goroutine: it can be checked against textbooks and simulations alone"},
	"analyze/exectrace":         {[]string{"analyze/goroutine"}, "a trace becomes births and activity and nothing else"},
	"analyze/procmem":           {[]string{"analyze/goroutine"}, "what a process's memory says is a snapshot like any other; who wants it is not its business"},
	"analyze/lineage":           {[]string{"analyze/goroutine"}, "a family tree is built of sightings, whoever saw them"},
	"analyze/inspect":           {[]string{"analyze/goroutine", "analyze/lineage", "analyze/procmem", "analyze/process", "analyze/recording", "analyze/scrape"}, "a process here answers as a target over HTTP does, and judges as little"},
	"analyze/process":           {nil, "what the system says of a process is asked for by pid; what its goroutines do is another question"},
	"analyze/recording":         {[]string{"analyze/goroutine"}, "the recording stores what was answered and judges nothing"},
	"analyze/scrape":            {[]string{"analyze/goroutine", "analyze/exectrace", "analyze/lineage", "analyze/recording"}, "asking a target must not depend on what will be concluded"},
	"analyze":                   {[]string{"analyze/goroutine", "analyze/growth", "analyze/exectrace", "analyze/lineage"}, "the judgement is pure: no disk, no network, no clock"},
	"analyze/watch":             {[]string{"analyze", "analyze/evidence", "analyze/goroutine", "analyze/exectrace", "analyze/inspect", "analyze/lineage", "analyze/procmem", "analyze/recording", "analyze/scrape"}, "the one place where asking, keeping and judging meet"},
	"analyze/explain":           {[]string{"analyze", "analyze/goroutine", "analyze/explain/code", "analyze/explain/mechanism", "analyze/explain/repair", "analyze/explain/source"}, "it tells what source says of findings that are there; it judges no counts"},
	"analyze/explain/lint":      {[]string{"analyze", "analyze/goroutine", "analyze/explain/code", "analyze/explain/mechanism", "analyze/explain/repair"}, "it judges source that nobody watches, one package at a time, as the go command hands it over"},
	"analyze/explain/source":    {[]string{"analyze/explain/code"}, "where a program's source is, and how much of it is known, does not depend on what is asked of it"},
	"analyze/explain/code":      {nil, "what source says is the same for a finding, for lint and for a test: it knows neither findings nor diffs"},
	"analyze/explain/repair":    {nil, "a change is written and compiled the same way whatever it is for"},
	"analyze/explain/mechanism": {[]string{"analyze", "analyze/explain/code", "analyze/explain/repair", "analyze/goroutine"}, "a rule decides from facts that are given to it: no disk, no compiler"},
	"analyze/evidence":          {[]string{"analyze", "analyze/process", "analyze/goroutine", "analyze/growth"}, "what the target's own logs and metrics say becomes part of a history"},
	"capture/record":            {nil, "every stage shares it, so it can depend on none"},
	"capture/notice":            {nil, "every part of the collector tells its problems there"},
	"capture/source":            {[]string{"capture/record"}, "what a source is must not depend on what any source does"},
	"capture/tail":              {[]string{"capture/record"}, "following one log through its rotations knows neither who wants it nor what is in it"},
	"capture/engine":            {nil, "one Docker client for both halves: commands resolves docker: targets with it"},
	"capture/source/file":       {[]string{"capture/record", "capture/notice", "capture/source", "capture/tail"}, "a source knows no sink and no other source"},
	"capture/source/docker":     {[]string{"capture/record", "capture/notice", "capture/source", "capture/source/file", "capture/tail", "capture/engine", "capture/jsontext"}, "it reads the engine's own json-file logs as the file source reads files"},
	"capture/source/stdin":      {[]string{"capture/record", "capture/notice", "capture/source", "capture/source/file"}, "it splits lines as the file source does"},
	"capture/jsontext":          {nil, "it reads JSON for whoever has some, and knows no record"},
	"capture/process":           {[]string{"capture/record", "capture/jsontext"}, "a stage is a function of batches: no disk, no network, no clock"},
	"capture/sink":              {[]string{"capture/record"}, "a sink delivers; queueing, retrying and telling are done for all sinks in one place"},
	"capture/queue":             {[]string{"capture/record"}, "it keeps batches on disk and knows neither who reads nor who delivers them"},
	"capture/deadletter":        {[]string{"capture/record"}, "it keeps what was refused, in words that a person can read; who refused it is a name to it"},
	"capture/deliver":           {[]string{"capture/record", "capture/notice", "capture/sink", "capture/queue", "capture/deadletter"}, "delivery is the same for every sink and every source"},
	"capture/checkpoint":        {[]string{"capture/notice"}, "it keeps positions and cannot read them"},
	"capture/tap":               {[]string{"capture/record", "capture/sink"}, "it shows what passes as sinks write it; who looks, and how it is asked for, is not its business"},
	"capture/config":            {nil, "it reads a file by a list of keys; what they mean is for who gave the list"},
	"capture/admin":             {[]string{"capture", "capture/notice", "capture/selfwatch", "capture/source", "capture/tap"}, "it shows what the collector says of itself"},
	"capture/selfwatch":         {[]string{"capture/notice", "analyze/goroutine"}, "it looks at the process and knows nothing of what that does"},
	"capture":                   {[]string{"capture/record", "capture/notice", "capture/source", "capture/process", "capture/deliver", "capture/sink", "capture/queue", "capture/checkpoint", "capture/tap"}, "it joins the parts and knows no kind of source or sink: commands makes those"},
	"report":                    {[]string{"analyze", "analyze/goroutine", "analyze/growth"}, "a report renders an analysis; how that was won is not its business"},
	"internal/faults":           {nil, "a judge that knew the collector could not judge it"},
	"internal/standin":          {nil, "an engine that knew its collector would answer what that wants to hear"},
	"internal/agree":            {[]string{"analyze/goroutine"}, "who compares two readings must not know how either was made"},
	"internal/missing":          {nil, "it is for tests of every room, so it can know none"},
	"commands/container":        {[]string{"capture/engine"}, "it finds a container's process and ports; asking them is for the leak finder, which it must not know"},
	"cmd/logcap":                {[]string{"commands"}, "main is three lines: what it did itself no test could call"},
}

// owned says which room alone knows a library, and why.
var owned = []struct {
	library string
	room    string
	why     string
}{
	{"github.com/spf13/cobra", "commands", "flags are for commands; a room that knows them cannot be called by another program"},
	{"github.com/spf13/pflag", "commands", "flags are for commands; a room that knows them cannot be called by another program"},
	{"charm.land/bubbletea", "commands", "only a command has a terminal to draw on"},
	{"charm.land/lipgloss", "commands", "only a command has a terminal to draw on"},
	{"github.com/fsnotify/fsnotify", "capture/source/file", "events are a hint; one room knows what to do without them"},
	{"github.com/goccy/go-yaml", "capture/config", "one room knows where in a file a value stood"},
	{"github.com/prometheus/client_golang", "capture/admin", "the parts count with integers; what dashboards expect is one room's business"},
	{"golang.org/x/arch", "analyze/procmem", "machine code is read to find the runtime's list of goroutines, and for nothing else"},
	{"github.com/mdlayher/netlink", "analyze/process", "the kernel's socket tables are asked to name the other end of unix sockets, and for nothing else"},
	{"golang.org/x/tools", "analyze/explain", "source is read to explain a leak, and for nothing else"},
	{"charm.land/bubbles", "commands", "only a command has a terminal to draw on"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

// packages is what `go list` says of this module.
func packages(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		p.ImportPath = strings.TrimPrefix(p.ImportPath, module)
		all = append(all, p)
	}
	return all
}

func TestImportsBetweenRooms(t *testing.T) {
	for _, p := range packages(t) {
		rule, ok := allowed[p.ImportPath]
		if !ok {
			continue
		}
		for _, imp := range p.Imports {
			other, ours := strings.CutPrefix(imp, module)
			if ours && !slices.Contains(rule.rooms, other) {
				t.Errorf("%s imports %s, and may not: %s", p.ImportPath, other, rule.why)
			}
		}
	}
}

// The two halves share only the reading of profiles, by selfwatch.
func TestCaptureAndAnalyzeNeverMeet(t *testing.T) {
	const why = "the collector and the leak finder are two tools in one binary: a change to one must not be able to break the other"
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			other, _ := strings.CutPrefix(imp, module)
			selfwatch := p.ImportPath == "capture/selfwatch" && other == "analyze/goroutine"
			if within(p.ImportPath, "capture") && within(other, "analyze") && !selfwatch ||
				within(p.ImportPath, "analyze") && within(other, "capture") {
				t.Errorf("%s imports %s, and may not: %s", p.ImportPath, other, why)
			}
		}
	}
}

func TestLibrariesWithOneRoom(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.Imports {
			for _, o := range owned {
				if within(imp, o.library) && !within(p.ImportPath, o.room) {
					t.Errorf("%s imports %s, which only %s may: %s", p.ImportPath, imp, o.room, o.why)
				}
			}
		}
	}
}

// within says that path is dir or below it.
func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, dir+"/")
}
