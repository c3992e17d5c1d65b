// Package missing is how a test says that a part of the machine it needs is
// not there: a Docker engine, an older Go toolchain. On a developer's machine
// that is a skip; where LOGCAP_REQUIRE names the part, as CI does, it is a
// failure, so that a skip never hides what was not tested.
//
// It lives in internal because the tests of every room use it and nothing
// that ships may.
package missing

import (
	"os"
	"slices"
	"strings"
)

// Env names the parts, separated by commas, whose absence is a failure.
const Env = "LOGCAP_REQUIRE"

// The parts that CI has.
const (
	Docker     = "docker"     // an engine that answers on DOCKER_HOST
	Toolchains = "toolchains" // the Go releases that `make toolchains` fetches
	Root       = "root"       // root with CAP_SYS_PTRACE: to read others' processes, and to play who may not
	Cores      = "cores"      // gcore, and a kernel that lets a process leave its core in its folder
	Systemd    = "systemd"    // systemd-analyze
	Mount      = "mount"      // the right to mount a small tmpfs, for a disk that is full
)

// TB is the part of testing.TB that Part needs; a test can be given in its place.
type TB interface {
	Helper()
	Skipf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Part ends the test: as a skip, or as a failure when LOGCAP_REQUIRE names
// part. why says what was looked for, one line.
func Part(t TB, part, why string) {
	t.Helper()
	for name := range strings.SplitSeq(os.Getenv(Env), ",") {
		if strings.TrimSpace(name) == part {
			t.Fatalf("%s is missing, and %s requires it: %s", part, Env, why)
			return
		}
	}
	t.Skipf("%s is missing: %s", part, why)
}

// Platform ends the test as a skip unless goos is one of those it can run on.
// It is for what an operating system does not have, never for what a machine lacks.
func Platform(t TB, goos string, runs ...string) {
	t.Helper()
	if !slices.Contains(runs, goos) {
		t.Skipf("runs on %s only", strings.Join(runs, ", "))
	}
}
