package commands

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/logcap/logcap/internal/missing"
)

// scriptCore has gcore write the core of the process that a script started
// first in the background: core FILE.
func scriptCore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 || len(ts.BackgroundCmds()) == 0 {
		ts.Fatalf("usage, with a process in the background: core FILE")
	}
	pid := strconv.Itoa(ts.BackgroundCmds()[0].Process.Pid)
	file := ts.MkAbs(args[0])
	if out, err := exec.Command("gcore", "-o", file, pid).CombinedOutput(); err != nil {
		ts.Fatalf("gcore: %v\n%s", err, out)
	}
	ts.Check(os.Rename(file+"."+pid, file))
}

// coresHere says whether scripts can have a core written; where that is required, it is an error if not.
func coresHere() (bool, error) {
	var told verdictOnPart
	path := missing.Gcore(&told)
	return path != "", told.err
}

// verdictOnPart is a test that a missing part would end.
type verdictOnPart struct{ err error }

func (*verdictOnPart) Helper()              {}
func (*verdictOnPart) Skipf(string, ...any) {}
func (v *verdictOnPart) Fatalf(format string, args ...any) {
	v.err = fmt.Errorf(format, args...)
}
