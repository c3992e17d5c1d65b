package commands

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the real command in testdata/script: stdout, stderr and exit codes as a user sees them.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"address": scriptAddress,
			"exits":   scriptExits,
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("TMPDIR", e.WorkDir)
			return nil
		},
	})
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
	for deadline := time.Now().Add(20 * time.Second); ; {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil {
			ts.Setenv(name, strings.TrimSpace(string(text)))
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("no address after 20 s: %v", err)
		}
		time.Sleep(10 * time.Millisecond) // another process: there is no clock of ours to fake
	}
}

// scriptExits runs logcap and compares its exit code: exits CODE ARGS...
// stdout and stderr can be asked about as after exec.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
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
