package procmem

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/internal/agree"
	"github.com/logcap/logcap/internal/missing"
)

// allowCores lets processes that this one starts leave a core, and says where:
// in their folder, as far as this machine's settings allow it.
func allowCores(t *testing.T) {
	t.Helper()
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	if p := strings.TrimSpace(string(pattern)); strings.ContainsAny(p, "|/") {
		missing.Part(t, missing.Cores, "the kernel writes them to "+strconv.Quote(p)+", and not to the process's folder")
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Max != unix.RLIM_INFINITY {
		missing.Part(t, missing.Cores, "their size is limited (ulimit -c)")
	}
	if err := unix.Prlimit(0, unix.RLIMIT_CORE, &unix.Rlimit{Cur: limit.Max, Max: limit.Max}, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Prlimit(0, unix.RLIMIT_CORE, &limit, nil); err != nil {
			t.Error(err)
		}
	})
}

// crash runs the target in a folder, has it leave a core, and gives its dump of the same instant.
func crash(t *testing.T, bin string) (core string, dump *goroutine.Snapshot) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(bin)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader("abort\n")
	out, err := cmd.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || !strings.Contains(err.Error(), "core dumped") {
		t.Fatalf("the target ended without a core: %v", err)
	}
	cores, err := filepath.Glob(filepath.Join(dir, "core*"))
	if err != nil || len(cores) != 1 {
		t.Fatalf("cores: %v, %v", cores, err)
	}
	return cores[0], replied(t, out)
}

// replied reads the target's one reply, a dump.
func replied(t *testing.T, out []byte) *goroutine.Snapshot {
	t.Helper()
	rest, ready := bytes.CutPrefix(out, []byte("ready\n"))
	length, text, _ := bytes.Cut(rest, []byte("\n"))
	if n, err := strconv.Atoi(string(length)); !ready || err != nil || n != len(text) {
		t.Fatalf("the target replied %q with %d bytes, %v", length, len(text), err)
	}
	s, err := goroutine.ReadDump(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// readCore reads all stacks of a core.
func readCore(t *testing.T, core, exe string) (*goroutine.Snapshot, CoreInfo, Build) {
	t.Helper()
	r, info, err := OpenCore(core, exe)
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := r.Snapshot(Options{AllStacks: true})
	if err != nil {
		t.Fatal(err)
	}
	b := r.Build()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return s, info, b
}

// sameAsDump compares a snapshot with the dump of the same instant; two of a
// goroutine's frames differ: where it stood in the function that wrote the dump.
func sameAsDump(t *testing.T, memory, dump *goroutine.Snapshot) {
	t.Helper()
	if memory.Failed != 0 || dump.Total < 100 {
		t.Errorf("%d of %d goroutines failed, the dump has %d", memory.Failed, memory.Total, dump.Total)
	}
	m := agree.Rows(memory)
	for _, d := range agree.Compare(m, agree.Rows(dump)) {
		if m[d.ID].State == "running" && d.Field == agree.Stack {
			continue // it has gone on from the dump to the crash
		}
		t.Error(d)
	}
}

// TestCrash: the core of a process that ended itself says what its own dump of
// the same instant says, of every build.
func TestCrash(t *testing.T) {
	allowCores(t)
	for name, flags := range map[string][]string{
		"plain":    nil,
		"stripped": {"-ldflags=-s -w"},
		"pie":      {"-buildmode=pie", "-ldflags=-s -w"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := buildTarget(t, flags...)
			core, dump := crash(t, bin)
			s, info, build := readCore(t, core, "")
			sameAsDump(t, s, dump)
			if info.PID == 0 || info.Command != "target" || info.Exe != bin || info.Machine != runtime.GOARCH || info.Signal != int(unix.SIGABRT) ||
				info.Threads == 0 || info.Time.IsZero() || info.Missing != 0 || !info.Matched {
				t.Errorf("%+v", info)
			}
			if build.GoVersion != runtime.Version() || !build.Sure || build.Stripped != (name != "plain") || build.PIE != (name == "pie") {
				t.Errorf("%+v", build)
			}
			running(t, s)
		})
	}
}

// running: the goroutine that crashed has its whole stack, from the thread's registers.
func running(t *testing.T, s *goroutine.Snapshot) {
	t.Helper()
	for _, st := range s.Stacks {
		if st.State != "running" {
			continue
		}
		var names []string
		for _, f := range st.Frames {
			names = append(names, f.Func)
		}
		if text := strings.Join(names, " "); !strings.HasSuffix(text, "main.abort main.answer main.serve") {
			t.Errorf("who crashed is at %s", text)
		}
		return
	}
	t.Error("nobody was running")
}

// TestGcore: a core of a process that lives on.
func TestGcore(t *testing.T) {
	gcore := installed(t, "gcore")
	c := startChild(t)
	core := filepath.Join(t.TempDir(), "core")
	if out, err := exec.Command(gcore, "-o", core, strconv.Itoa(c.pid)).CombinedOutput(); err != nil {
		t.Fatalf("gcore: %v\n%s", err, out)
	}
	s, info, _ := readCore(t, core+"."+strconv.Itoa(c.pid), "")
	if info.PID != c.pid || !info.Matched || info.Exe != c.bin {
		t.Errorf("%+v", info)
	}
	live, _, err := c.reader.Snapshot(Options{AllStacks: true})
	if err != nil || s.Failed != 0 || live.Total < 100 {
		t.Fatalf("%d failed in the core, %d live ones, %v", s.Failed, live.Total, err)
	}
	m, l := agree.Rows(s), agree.Rows(live)
	for _, d := range agree.Compare(m, l) {
		if m[d.ID].State != "running" && l[d.ID].State != "running" && m[d.ID].State != "runnable" {
			t.Error(d) // one that computes can be anywhere
		}
	}
}

// installed finds a program that the test needs.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing.Part(t, missing.Cores, err.Error())
	}
	return path
}

// TestOtherProgram: executables that did not leave the core are refused, however
// alike; the right one is taken under another name.
func TestOtherProgram(t *testing.T) {
	allowCores(t)
	bin := buildTarget(t)
	core, dump := crash(t, bin)
	moved := filepath.Join(t.TempDir(), "moved")
	if err := os.Rename(bin, moved); err != nil {
		t.Fatal(err)
	}
	s, info, _ := readCore(t, core, moved)
	if sameAsDump(t, s, dump); info.Exe != moved {
		t.Errorf("%+v", info)
	}
	for name, tt := range map[string]struct{ exe, want string }{
		"moved":       {"", "no such file"},
		"absent":      {filepath.Join(t.TempDir(), "absent"), "no such file"},
		"a folder":    {t.TempDir(), "not a file"},
		"other build": {buildTarget(t, "-ldflags=-X main.x=1 -s"), "not the program that left this core"},
		"other flags": {buildTarget(t, "-gcflags=all=-l"), "not the program that left this core"},
		"pie":         {buildTarget(t, "-buildmode=pie"), "not the program that left this core"},
		"other":       {"/bin/true", "not the program that left this core"},
		"no ELF":      {"core.go", "not an ELF executable"},
		"the core":    {core, "not the program that left this core"},
	} {
		_, _, err := OpenCore(core, tt.exe)
		refused(t, name, err, tt.want)
	}
}

// refused: an error in one line, with a hint.
func refused(t *testing.T, name string, err error, want string) {
	t.Helper()
	var told *Error
	if !errors.As(err, &told) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || told.Hint() == "" {
		t.Errorf("%s: %v, want %q and a hint", name, err, want)
	}
}

// TestCutCore: of a core that ends too early is read what is there, or it says
// that it is cut short; never a wrong count without a word.
func TestCutCore(t *testing.T) {
	allowCores(t)
	bin := buildTarget(t)
	core, dump := crash(t, bin)
	whole, err := os.ReadFile(core)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut")
	for _, keep := range []int{0, 3, 20, 63, 64, 200, 2000, 5000, len(whole) / 10, len(whole) / 3, len(whole) / 2, len(whole) - 100_000, len(whole) - 5000} {
		if err := os.WriteFile(cut, whole[:keep], 0o600); err != nil {
			t.Fatal(err)
		}
		r, info, err := OpenCore(cut, bin)
		if err != nil {
			refused(t, strconv.Itoa(keep), err, "")
			continue
		}
		s, _, err := r.Snapshot(Options{AllStacks: true})
		if info.Missing == 0 || err == nil && s.Total+s.Failed < dump.Total {
			t.Errorf("%d of %d bytes: %d and %d failed, %+v", keep, len(whole), s.Total, s.Failed, info)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestNoGoCore: a core of a program that is not Go's.
func TestNoGoCore(t *testing.T) {
	allowCores(t)
	dir := t.TempDir()
	cmd := exec.Command("sleep", "60")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(unix.SIGABRT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "core dumped") {
		t.Fatalf("sleep: %v", err)
	}
	cores, err := filepath.Glob(filepath.Join(dir, "core*"))
	if err != nil || len(cores) != 1 {
		t.Fatalf("%v, %v", cores, err)
	}
	_, _, err = OpenCore(cores[0], "")
	refused(t, "sleep", err, "not a Go program")
	exe, err := exec.LookPath("sleep")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = OpenCore(exe, "")
	refused(t, "an executable", err, "an executable, and not a core")
}
