package commands

import (
	"bufio"
	"os/exec"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/logcap/logcap/internal/corefile"
)

// scriptCore runs a daemon of testdata that leaks a connection every 20 ms, and
// writes its core to each file, 300 ms apart: core FILE... The daemon is built
// apart, because the race detector of the test's own binary maps terabytes.
func scriptCore(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: core FILE...")
	}
	bin := ts.MkAbs("healthchecks")
	if out, err := exec.Command("go", "build", "-C", "../testdata", "-o", bin, "./healthchecks").CombinedOutput(); err != nil {
		ts.Fatalf("build the daemon: %v: %s", err, out)
	}
	c := exec.Command(bin, "-every", "20ms")
	out, err := c.StdoutPipe()
	ts.Check(err)
	ts.Check(c.Start())
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	_, err = bufio.NewReader(out).ReadString('\n') // it runs
	ts.Check(err)
	for _, file := range args {
		time.Sleep(300 * time.Millisecond) // so that it leaks
		ts.Check(corefile.Write(c.Process.Pid, ts.MkAbs(file)))
	}
}
