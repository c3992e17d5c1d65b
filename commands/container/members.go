package container

import (
	"runtime"
	"slices"
	"time"

	"github.com/logcap/logcap/capture/engine"
)

// members are the processes of a container that are here. inside are its first
// process and what descends from it; others came from outside, by docker exec.
type members struct {
	first  int
	inside []int
	others []int
}

// members finds the processes of a container: those in its cgroup, or below its
// first process. A pid that the engine names is not enough: it may be one of another
// pid namespace, and a stranger's here.
func (f *Finder) members(c engine.Container) (members, error) {
	if runtime.GOOS != "linux" {
		return members{}, fail("publish the port of its pprof endpoint (docker run -p 127.0.0.1:6060:6060 ...) and watch that: docker:"+c.Name+":6060",
			"container %q: its memory cannot be read from here: on %s the engine runs in a virtual machine", c.Name, runtime.GOOS)
	}
	pids, err := f.proc.pids()
	if err != nil {
		return members{}, fail("", "container %q: %w", c.Name, err)
	}
	parents := map[int]int{}
	var marked []int
	for _, pid := range pids {
		if s, err := f.proc.stat(pid); err == nil { // else it has ended
			parents[pid] = s.parent
		}
		if f.proc.container(pid) == c.ID {
			marked = append(marked, pid)
		}
	}
	m := members{first: c.State.PID}
	switch {
	case slices.Contains(marked, m.first):
	case len(marked) > 0: // the engine counts in another pid namespace
		m.first = eldest(marked, parents)
	case f.startedAs(c):
		marked = descendants(m.first, parents)
	default:
		return members{}, f.elsewhere(c)
	}
	slices.Sort(marked)
	below := descendants(m.first, parents)
	for _, pid := range marked {
		if slices.Contains(below, pid) {
			m.inside = append(m.inside, pid)
		} else {
			m.others = append(m.others, pid)
		}
	}
	return m, nil
}

// eldest is the first process among pids: it has no parent among them, and the lowest pid of those.
func eldest(pids []int, parents map[int]int) int {
	first := 0
	for _, pid := range pids {
		if !slices.Contains(pids, parents[pid]) && (first == 0 || pid < first) {
			first = pid
		}
	}
	return first
}

// descendants are a process and what it and its children have started.
func descendants(of int, parents map[int]int) []int {
	all := []int{of}
	for i := 0; i < len(all); i++ {
		for pid, parent := range parents {
			if parent == all[i] && !slices.Contains(all, pid) {
				all = append(all, pid)
			}
		}
	}
	return all
}

// startSlack is how far the engine's time of a container's start may be from its
// process's: that is made before the engine notes it, and /proc counts from a whole second.
const startSlack = 3 * time.Second

// startedAs says that the process with the engine's pid was started with the container.
// It is for engines that make no cgroups, as rootless ones may.
func (f *Finder) startedAs(c engine.Container) bool {
	if f.proc.container(c.State.PID) != "" {
		return false // it is another container's
	}
	began, err := f.proc.began(c.State.PID)
	return err == nil && began.Sub(c.State.Started).Abs() <= startSlack
}

// elsewhere says why the container's processes are not here.
func (f *Finder) elsewhere(c engine.Container) error {
	const port = "give the port of its pprof endpoint: docker:NAME:PORT"
	switch {
	case f.opts.Engine.Remote():
		return fail("run logcap there, or "+port, "container %q: its memory cannot be read from here: the engine at %s is on another machine", c.Name, f.opts.Engine.Host())
	case f.proc.apart():
		return fail("share the engine's with docker run --pid=host (and --cap-add SYS_PTRACE), or "+port,
			"container %q: its process %d cannot be seen from here: logcap runs in a pid namespace of its own", c.Name, c.State.PID)
	case f.proc.hides():
		return fail("run logcap as root: /proc is mounted with hidepid here; or "+port, "container %q: its process %d is hidden", c.Name, c.State.PID)
	}
	return fail("an engine in a virtual machine or behind a forwarded socket has its processes there: run logcap there, or "+port,
		"container %q: its process %d is not one of this machine's", c.Name, c.State.PID)
}
