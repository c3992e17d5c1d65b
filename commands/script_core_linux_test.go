package commands

import (
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/logcap/logcap/internal/corefile"
)

// scriptCore writes the core of the process that a script started first in the
// background: core FILE.
func scriptCore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || len(ts.BackgroundCmds()) == 0 {
		ts.Fatalf("usage, with a process in the background: core FILE")
	}
	ts.Check(corefile.Write(ts.BackgroundCmds()[0].Process.Pid, ts.MkAbs(args[0])))
}
