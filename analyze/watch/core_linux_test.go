package watch_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze"
	"github.com/logcap/logcap/analyze/watch"
	"github.com/logcap/logcap/internal/corefile"
	"github.com/logcap/logcap/internal/missing"
)

// healthchecks runs the daemon of testdata that leaks a connection in each check.
func healthchecks(t *testing.T, args ...string) (bin string, pid int) {
	t.Helper()
	bin = filepath.Join(t.TempDir(), "healthchecks")
	if out, err := exec.Command("go", "build", "-C", "../../testdata", "-trimpath", "-ldflags", "-s -w", "-o", bin, "./healthchecks").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c := exec.Command(bin, args...)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	var hello struct{ PID int }
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &hello)
	}
	if err != nil {
		t.Fatal(err)
	}
	return bin, hello.PID
}

// cores writes so many cores of a process, a while apart.
func cores(t *testing.T, pid, n int) []string {
	t.Helper()
	dir := t.TempDir()
	var all []string
	for i := range n {
		path := filepath.Join(dir, "core."+string(rune('a'+i)))
		if err := corefile.Write(pid, path); err != nil {
			if os.IsPermission(err) {
				missing.Part(t, missing.Root, err.Error())
			}
			t.Fatal(err)
		}
		at := time.Unix(1790000000+int64(30*i), 0) // a file's time is the core's
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		all = append(all, path)
		time.Sleep(150 * time.Millisecond)
	}
	return all
}

// TestCores judges the core files of a leaking daemon as any other files: their
// times are those of the files, and the ids in them show who stays.
func TestCores(t *testing.T) {
	bin, pid := healthchecks(t, "-every", "20ms")
	files := cores(t, pid, 8)
	subjects, err := watch.Load(files, watch.From{})
	if err != nil {
		t.Fatal(err)
	}
	h := subjects[0].History
	if h.Target.PID != pid || !strings.HasPrefix(h.Target.GoVersion, "go1.") || h.End.Sub(h.Start) != 210*time.Second {
		t.Errorf("target %+v over %v", h.Target, h.End.Sub(h.Start))
	}
	a := analyze.Detect(h, analyze.DefaultThresholds())
	if len(a.Findings) == 0 || a.Findings[0].Mechanism != analyze.ClientPerCall {
		t.Fatalf("findings: %+v", a.Findings)
	}
	line := a.Findings[0].Lineage
	if len(line) < 3 || line[len(line)-1].Func != "logcap.test/programs/healthchecks/monitor.(*Monitor).Run" {
		t.Errorf("lineage: %+v", line)
	}
	if s, err := watch.Moment(files[7], watch.From{Exe: bin}); err != nil || s.Total < 8 || s.Form != "memory" {
		t.Errorf("one moment: %+v, %v", s, err)
	}
	t.Run("bad", func(t *testing.T) { testBadCores(t, bin, files[0]) })
}

func testBadCores(t *testing.T, bin, core string) {
	whole, err := os.ReadFile(core)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	arm := bytes.Clone(whole)
	arm[18] = 8 // EM_MIPS
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ core, exe, want string }{
		"another architecture":     {file("mips", arm), bin, "EM_MIPS"},
		"cut in its notes":         {file("head", whole[:len(whole)/1000]), bin, ""},
		"cut in its memory":        {file("cut", whole[:len(whole)/10]), bin, ""},
		"another executable":       {core, self, "is not the program that left this core"},
		"an executable not there":  {core, filepath.Join(dir, "absent"), "no such file"},
		"a script for executable":  {core, file("script", []byte("#!/bin/sh\n")), "is not an ELF executable"},
		"the executable as a core": {bin, "", "binary and not a profile"},
	} {
		_, err := watch.Moment(c.core, watch.From{Exe: c.exe})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := os.Remove(bin); err != nil {
		t.Fatal(err)
	}
	if _, err := watch.Moment(core, watch.From{}); err == nil || !strings.Contains(err.Error(), "the executable that left this core") {
		t.Errorf("executable removed: %v", err)
	}
	in, err := os.Open(core)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := watch.Moment("-", watch.From{Stdin: in}); err == nil || !strings.Contains(err.Error(), "standard input") {
		t.Errorf("on standard input: %v", err)
	}
}
