package container

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/internal/missing"
	"github.com/logcap/logcap/internal/standin"
)

// house is a stand-in engine, a /proc that the test writes, and a finder of both.
type house struct {
	t    *testing.T
	e    *standin.Engine
	proc string
	f    *Finder
}

func newHouse(t *testing.T) *house {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "d.sock")
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	e, err := standin.New(standin.Options{Path: path, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	client, err := engine.New(engine.Options{Host: e.Host(), Answer: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, e: e, proc: filepath.Join(dir, "proc")}
	near := func(word string, known []string) string {
		for _, k := range known {
			if k[:1] == word[:1] {
				return k
			}
		}
		return ""
	}
	h.f = New(Options{Engine: client, Proc: h.proc, Near: near})
	h.write("stat", fmt.Sprintf("cpu 1 2 3\nbtime %d\n", now.Unix()-100))
	h.write("1/comm", "init\n")
	h.write("1/stat", "1 (init) S 0 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n")
	h.link("self/ns/pid", initialNamespace)
	return h
}

func (h *house) write(name, text string) {
	h.t.Helper()
	path := filepath.Join(h.proc, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) link(name, to string) {
	h.t.Helper()
	path := filepath.Join(h.proc, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	if err := os.Symlink(to, path); err != nil {
		h.t.Fatal(err)
	}
}

// process makes one, begun so many ticks after the machine.
func (h *house) process(pid, parent, began int, cgroup, exe string) {
	h.write(fmt.Sprintf("%d/stat", pid), fmt.Sprintf("%d (x) S %d 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 %d 0 0\n", pid, parent, began))
	h.write(fmt.Sprintf("%d/cgroup", pid), "0::"+cgroup+"\n")
	h.write(fmt.Sprintf("%d/net/tcp", pid), titles)
	h.link(fmt.Sprintf("%d/exe", pid), exe)
}

// run makes a container that runs.
func (h *house) run(s standin.Spec) *standin.Container {
	c := h.e.Create(s)
	c.Start()
	return c
}

// goProgram is one with build information: this test.
func goProgram(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// otherProgram is none: a text.
func otherProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sh")
	if err := os.WriteFile(path, []byte("#!/bin/true\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

const atBoot = 100 * ticks // the container's start: 100 s after the machine's

// Every reason for which a container's process is not found says what is wrong and what to do.
func TestProcessRefused(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux")
	self, sh := goProgram(t), otherProgram(t)
	for name, c := range map[string]struct {
		make        func(h *house)
		ask         string
		words, hint string
	}{
		"none at all":      {func(*house) {}, "web", `container "web": the engine has no such container`, "no container runs on the engine at unix://"},
		"another name":     {func(h *house) { h.run(standin.Spec{Name: "wbe"}) }, "web", "no such container", "did you mean docker:wbe?"},
		"other names":      {func(h *house) { h.run(standin.Spec{Name: "b"}); h.run(standin.Spec{Name: "a"}) }, "web", "no such container", "these run: a, b"},
		"never started":    {func(h *house) { h.e.Create(standin.Spec{Name: "web"}) }, "web", `container "web" was never started`, "docker start web"},
		"has ended":        {func(h *house) { h.run(standin.Spec{Name: "web"}).Exit(137, false) }, "web", `container "web" is not running: it exited with code 137 at 2026-11-26T12:00:00Z`, "docker logs"},
		"is restarting":    {func(h *house) { h.run(standin.Spec{Name: "web"}).Exit(1, true) }, "web", `container "web" is restarting: it exited with code 1 at 2026-11-26T12:00:00Z`, "docker logs --tail 20 web"},
		"no process yet":   {func(h *house) { h.run(standin.Spec{Name: "web"}) }, "web", "has no process yet", "try again"},
		"several services": {func(h *house) { h.service("shop-web-1"); h.service("shop-web-2") }, "web", `service "web" has several containers: shop-web-1, shop-web-2`, "name one: docker:shop-web-1"},
		"ended service":    {func(h *house) { h.service("shop-web-1").Exit(3, false) }, "web", `container "shop-web-1" is not running: it exited with code 3`, "docker start shop-web-1"},
		"in a machine":     {func(h *house) { h.run(standin.Spec{Name: "web", PID: 70}) }, "web", "its process 70 is not one of this machine's", "forwarded socket"},
		"hidden processes": {func(h *house) { h.run(standin.Spec{Name: "web", PID: 70}); h.remove("1") }, "web", "its process 70 is hidden", "hidepid"},
		"pid namespace": {func(h *house) {
			h.run(standin.Spec{Name: "web", PID: 70})
			h.remove("self/ns/pid")
			h.link("self/ns/pid", "pid:[4026532183]")
		}, "web", "its process 70 cannot be seen from here: logcap runs in a pid namespace of its own", "--pid=host"},
		"a stranger's pid": {func(h *house) {
			h.run(standin.Spec{Name: "web", PID: 70})
			h.process(70, 1, 4000, "/user.slice", self)
		}, "web", "its process 70 is not one of this machine's", "forwarded socket"},
		"another container's pid": {func(h *house) {
			h.run(standin.Spec{Name: "web", PID: 70})
			h.process(70, 1, atBoot, "/docker/"+h.run(standin.Spec{Name: "other"}).ID(), self)
		}, "web", "its process 70 is not one of this machine's", "forwarded socket"},
		"no Go program": {func(h *house) {
			id := h.run(standin.Spec{Name: "web", PID: 70}).ID()
			h.process(70, 1, atBoot, "/docker/"+id, sh)
		}, "web", `container "web" runs no Go program: pid:70 (` + sh + ")", "only Go programs have goroutines"},
		"two Go programs": {func(h *house) {
			id := h.run(standin.Spec{Name: "web", PID: 70}).ID()
			h.process(70, 1, atBoot, "/docker/"+id, self)
			h.process(71, 70, atBoot, "/docker/"+id, self)
		}, "web", `container "web" has several Go processes: pid:70 (` + self + "), pid:71 (" + self + ")", "name one: pid:70"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c.make(h)
			got, err := h.f.Process(t.Context(), c.ask)
			if err == nil {
				t.Fatalf("found %+v", got)
			}
			checkError(t, err, c.words, c.hint)
		})
	}
}

func (h *house) service(name string) *standin.Container {
	return h.run(standin.Spec{Name: name, Labels: map[string]string{serviceLabel: "web"}})
}

func (h *house) remove(name string) {
	h.t.Helper()
	if err := os.RemoveAll(filepath.Join(h.proc, name)); err != nil {
		h.t.Fatal(err)
	}
}

func checkError(t *testing.T, err error, words, hint string) {
	t.Helper()
	var hinted interface{ Hint() string }
	if !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "\n") {
		t.Errorf("says %q, want %q", err, words)
	}
	if !errors.As(err, &hinted) || !strings.Contains(hinted.Hint(), hint) {
		t.Errorf("%q has not the hint %q but %+v", err, hint, hinted)
	}
}

// The one Go process is found below a wrapper, past what docker exec has
// started, in other pid namespaces, and without cgroups.
func TestProcessChosen(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux")
	self, sh := goProgram(t), otherProgram(t)
	for name, c := range map[string]struct {
		processes func(h *house, cgroup string)
		pid       int
		note      string
	}{
		"the first": {func(h *house, g string) { h.process(70, 1, atBoot, g, self) }, 70, ""},
		"below a shell": {func(h *house, g string) {
			h.process(70, 1, atBoot, g, sh)
			h.process(71, 70, atBoot, g, self)
		}, 71, "its one Go process is pid:71 (" + self + "); its first is pid:70 (" + sh + ")"},
		"beside a probe of docker exec": {func(h *house, g string) {
			h.process(70, 1, atBoot, g, self)
			h.process(90, 60, atBoot, g, self)
		}, 70, ""},
		"only by docker exec": {func(h *house, g string) {
			h.process(70, 1, atBoot, g, sh)
			h.process(90, 60, atBoot, g, self)
		}, 90, "its one Go process is pid:90 (" + self + "); its first is pid:70 (" + sh + ")"},
		"counted otherwise": {func(h *house, g string) {
			h.process(70, 1, 5, "/", sh) // a stranger
			h.process(5070, 2000, atBoot, g, self)
			h.process(5071, 5070, atBoot, g, sh)
		}, 5070, ""},
		"without cgroups": {func(h *house, _ string) {
			h.process(70, 1, atBoot+2*ticks, "/", sh)
			h.process(71, 70, atBoot+9*ticks, "/", self)
			h.process(99, 1, atBoot, "/", self)
		}, 71, "its one Go process is pid:71 (" + self + "); its first is pid:70 (" + sh + ")"},
		"with a container inside": {func(h *house, g string) {
			h.process(70, 1, atBoot, g, self)
			h.process(80, 70, atBoot, g+"/docker/"+strings.Repeat("a", 64), self)
		}, 70, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			ctr := h.run(standin.Spec{Name: "web", PID: 70})
			c.processes(h, "/docker/"+ctr.ID())
			for _, ask := range []string{"web", ctr.ID()[:12]} {
				got, err := h.f.Process(t.Context(), ask)
				if err != nil || got.PID != c.pid || got.Note != c.note || got.Name != "web" || got.ID != ctr.ID() {
					t.Errorf("%+v, %v; want pid %d, %q", got, err, c.pid, c.note)
				}
			}
		})
	}
}

// An engine that is not there, may not be asked or hangs is what the error says.
func TestEngineRefuses(t *testing.T) {
	h := newHouse(t)
	if err := h.e.Down(); err != nil {
		t.Fatal(err)
	}
	_, err := h.f.Process(t.Context(), "web")
	checkError(t, err, "connect to docker at unix://", "is the engine running?")
	if err := h.e.Up(); err != nil {
		t.Fatal(err)
	}
	h.e.Hang(true)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.f.Route(ctx, Ref{"web", 80}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a hung engine: %v", err)
	}
}

// A container that was started again is seen to be, and so is another one under its name.
func TestAgain(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux")
	h := newHouse(t)
	c := h.run(standin.Spec{Name: "web", PID: 70})
	h.process(70, 1, atBoot, "/docker/"+c.ID(), goProgram(t))
	was, err := h.f.Process(t.Context(), "web")
	if err != nil {
		t.Fatal(err)
	}
	if now, restarted, err := h.f.Again(t.Context(), was); err != nil || restarted || now != was {
		t.Errorf("nothing has happened: %+v, %v, %v", now, restarted, err)
	}
	c.Exit(1, true)
	if _, _, err := h.f.Again(t.Context(), was); err == nil || !strings.Contains(err.Error(), "is restarting") {
		t.Errorf("while it restarts: %v", err)
	}
	c.Remove()
	c = h.run(standin.Spec{Name: "web", PID: 71})
	h.process(71, 1, atBoot, "/docker/"+c.ID(), goProgram(t))
	if now, restarted, err := h.f.Again(t.Context(), was); err != nil || !restarted || now.PID != 71 {
		t.Errorf("another one: %+v, %v, %v", now, restarted, err)
	}
}
