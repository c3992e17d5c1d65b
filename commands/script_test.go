package commands

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/logcap/logcap/internal/standin"
)

// TestScripts runs the real command in testdata/script: stdout, stderr and exit codes as a user sees them.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"address": scriptAddress,
			"core":    scriptCore,
			"engine":  scriptEngine,
			"exits":   scriptExits,
			"lines":   scriptLines,
			"loki":    scriptLoki,
			"pushed":  scriptPushed,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("TMPDIR", e.WorkDir)
			e.Values[lokiKey{}] = &lokiServers{}
			return scriptGo(e)
		},
	})
}

// scriptGo tells scripts where the go command keeps what it has built, and where logcap is as a file.
func scriptGo(e *testscript.Env) error {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	if err != nil {
		return err
	}
	e.Setenv("GOCACHE", strings.TrimSpace(string(out)))
	logcap, err := exec.LookPath("logcap") // testscript puts it there
	e.Setenv("LOGCAP", logcap)
	return err
}

// scriptAddress waits for a file that a service writes and puts what it holds
// into $ADDR, or the variable that is named: address FILE [NAME].
func scriptAddress(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: address FILE [NAME]")
	}
	name := "ADDR"
	if len(args) == 2 {
		name = args[1]
	}
	ts.Setenv(name, strings.TrimSpace(waitFor(ts, args[0], 0)))
}

// scriptEngine starts a stand-in engine with containers that run, and have no processes here: engine NAME...
func scriptEngine(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: engine NAME...")
	}
	e, err := standin.New(standin.Options{Path: ts.MkAbs("docker.sock")})
	ts.Check(err)
	ts.Defer(func() { ts.Check(e.Close()) })
	for _, name := range args {
		e.Create(standin.Spec{Name: name, PID: 1 << 30}).Start() // more than any system's processes
	}
	ts.Setenv("DOCKER_HOST", e.Host())
}

// scriptLines waits until another process has written so many lines: lines N FILE.
func scriptLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: lines N FILE")
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	waitFor(ts, args[1], n)
}

func waitFor(ts *testscript.TestScript, file string, lines int) string {
	deadline := time.Now().Add(time.Minute)
	for {
		text, err := os.ReadFile(ts.MkAbs(file))
		if err == nil && strings.Count(string(text), "\n") >= lines {
			return string(text)
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s has fewer than %d lines after a minute: %v", file, lines, err)
		}
		time.Sleep(10 * time.Millisecond) // another process: there is no clock of ours to fake
	}
}

// scriptExits runs logcap and compares its exit code: exits CODE ARGS...
// stdout and stderr can be asked about as after exec.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: exits CODE ARGS...")
	}
	err := ts.Exec("logcap", args[1:]...)
	got := "0"
	if err != nil {
		var ok bool
		if got, ok = strings.CutPrefix(err.Error(), "exit status "); !ok {
			ts.Fatalf("logcap %s: %v", strings.Join(args[1:], " "), err)
		}
	}
	if got != args[0] {
		ts.Fatalf("logcap %s: exit code %s, want %s\nstderr: %s", strings.Join(args[1:], " "), got, args[0], ts.ReadFile("stderr"))
	}
}
