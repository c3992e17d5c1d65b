package container

import (
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/logcap/logcap/capture/engine"
)

// program is what a process runs.
type program struct {
	pid  int
	exe  string
	isGo bool
	hid  error // why it may not be looked at
}

// runtimeModule is that of the Go program which becomes a container's or an
// exec's first program by execve, a moment later.
const runtimeModule = "github.com/opencontainers/runc"

// program looks at a process's executable; no when the process has ended, or does not run its program yet.
func (f *Finder) program(pid int) (program, bool) {
	p := program{pid: pid, exe: f.proc.executable(pid)}
	file, err := os.Open(f.proc.path(pid, "exe")) // works across mount namespaces
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.hid = err
		return p, true
	case err != nil:
		return p, false
	}
	defer file.Close()
	info, err := buildinfo.Read(file)
	p.isGo = err == nil
	return p, err != nil || info.Main.Path != runtimeModule
}

// choose is the one Go process: of those that the container has started itself, or else of all.
func (f *Finder) choose(c engine.Container, m members) (Process, error) {
	var first program
	var seen, hidden, found []program
	for _, group := range [][]int{m.inside, m.others} {
		for _, pid := range group {
			p, ok := f.program(pid)
			switch {
			case !ok:
			case p.isGo:
				found = append(found, p)
			case p.hid != nil:
				hidden = append(hidden, p)
			}
			if ok {
				seen = append(seen, p)
			}
			if pid == m.first {
				first = p
			}
		}
		if len(found) > 0 {
			break
		}
	}
	switch {
	case len(found) == 1:
		return Process{PID: found[0].pid, Exe: found[0].exe, Note: note(found[0], first, hidden)}, nil
	case len(found) > 1:
		return Process{}, fail(fmt.Sprintf("name one: pid:%d", found[0].pid), "container %q has several Go processes: %s", c.Name, list(found))
	case len(hidden) > 0:
		return Process{}, fail(f.permission(hidden[0].pid), "container %q: look at its process %d (%s): %w", c.Name, hidden[0].pid, hidden[0].exe, fs.ErrPermission)
	}
	return Process{}, fail("only Go programs have goroutines", "container %q runs no Go program: %s", c.Name, list(seen))
}

// note says how a process was chosen; "" for the first one.
func note(p, first program, hidden []program) string {
	if p.pid == first.pid {
		return ""
	}
	text := fmt.Sprintf("its one Go process is pid:%d (%s)", p.pid, p.exe)
	if first.exe != "" {
		text += fmt.Sprintf("; its first is pid:%d (%s)", first.pid, first.exe)
	}
	if len(hidden) > 0 {
		text += fmt.Sprintf("; %d may not be looked at", len(hidden))
	}
	return text
}

// mostListed bounds the processes that an error lists.
const mostListed = 12

// list is processes as a user names them.
func list(all []program) string {
	if len(all) == 0 {
		return "its processes have ended"
	}
	var words []string
	for i, p := range all {
		if i == mostListed {
			words = append(words, fmt.Sprintf("and %d more", len(all)-i))
			break
		}
		words = append(words, fmt.Sprintf("pid:%d (%s)", p.pid, p.exe))
	}
	return strings.Join(words, ", ")
}

// permission is what lets a process be looked at.
func (f *Finder) permission(pid int) string {
	as := "as the user of its processes"
	if info, err := os.Stat(f.proc.path(pid, "")); err == nil {
		as = owner(info)
	}
	return "run logcap as root or " + as + ", or with the capability CAP_SYS_PTRACE; or give the port of its pprof endpoint: docker:NAME:PORT"
}
