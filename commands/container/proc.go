package container

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// proc is /proc, of this pid namespace. Source: proc(5), proc_pid_stat(5), proc_pid_cgroup(5).
type proc struct{ dir string }

func itoa(n int) string { return strconv.Itoa(n) }

// path is a file of a process.
func (p proc) path(pid int, name string) string { return filepath.Join(p.dir, itoa(pid), name) }

// pids are all processes that may be seen.
func (p proc) pids() ([]int, error) {
	d, err := os.Open(p.dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var all []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil && n > 0 {
			all = append(all, n)
		}
	}
	return all, nil
}

// container is the id of the container whose cgroup a process is in; "" for none.
func (p proc) container(pid int) string {
	text, err := os.ReadFile(p.path(pid, "cgroup"))
	if err != nil {
		return "" // it has ended
	}
	return lastID(text)
}

// idLen is the length of a container's id, in hex digits.
const idLen = 64

// lastID is the last container's id in the text of a cgroup file, where it is
// .../ID, .../docker-ID.scope or .../libpod-ID.scope, with what the container has made
// below that; a container in a container has both ids, and its own is the last.
func lastID(text []byte) string {
	for line := range bytes.Lines(text) {
		run := 0
		for i := len(line) - 1; i >= 0; i-- {
			if c := line[i]; c >= '0' && c <= '9' || c >= 'a' && c <= 'f' {
				run++
			} else {
				run = 0
			}
			if run == idLen && (i == 0 || !isHex(line[i-1])) {
				return string(line[i : i+idLen])
			}
		}
	}
	return ""
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' }

// stat is what is looked at of a process's stat file.
type stat struct {
	parent int
	began  int64 // in ticks since the machine was started
}

func (p proc) stat(pid int) (stat, error) {
	text, err := os.ReadFile(p.path(pid, "stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// parseStat reads fields 4 and 22. The second is the program's name in
// parentheses, which may hold spaces and parentheses itself.
func parseStat(text []byte) (stat, error) {
	i := bytes.LastIndexByte(text, ')')
	f := strings.Fields(string(text[i+1:]))
	const parent, began = 4 - 3, 22 - 3
	if i < 0 || len(f) <= began {
		return stat{}, errors.New("read stat: too few fields")
	}
	ppid, err := strconv.Atoi(f[parent])
	ticks, err2 := strconv.ParseInt(f[began], 10, 64)
	return stat{ppid, ticks}, errors.Join(err, err2)
}

// ticks are those of a second in /proc: USER_HZ, 100 wherever Go runs on Linux.
const ticks = 100

// began is when a process was started, by the machine's clock as it goes now.
func (p proc) began(pid int) (time.Time, error) {
	s, err := p.stat(pid)
	if err != nil {
		return time.Time{}, err
	}
	text, err := os.ReadFile(filepath.Join(p.dir, "stat"))
	if err != nil {
		return time.Time{}, err
	}
	for line := range strings.Lines(string(text)) {
		var boot int64
		if n, _ := fmt.Sscanf(line, "btime %d", &boot); n == 1 {
			return time.Unix(boot, 0).Add(time.Duration(s.began) * (time.Second / ticks)), nil
		}
	}
	return time.Time{}, errors.New("read stat: no btime")
}

// executable is the path of a process's program, as that process sees it.
func (p proc) executable(pid int) string {
	path, err := os.Readlink(p.path(pid, "exe"))
	if err != nil {
		if name, err := os.ReadFile(p.path(pid, "comm")); err == nil {
			return strings.TrimSpace(string(name)) // everybody may read it
		}
		return "?"
	}
	return strings.TrimSuffix(path, " (deleted)")
}

// initialNamespace is what /proc/self/ns/pid links to where no pid namespace was made: PROC_PID_INIT_INO in the kernel's proc_ns.h.
const initialNamespace = "pid:[4026531836]"

// apart says that this process is in a pid namespace of its own.
func (p proc) apart() bool {
	ns, err := os.Readlink(filepath.Join(p.dir, "self", "ns", "pid"))
	return err == nil && ns != initialNamespace
}

// hides says that other users' processes are not to be seen: without its own pid namespace there always is a first one.
func (p proc) hides() bool {
	_, err := os.Stat(filepath.Join(p.dir, "1"))
	return err != nil && !p.apart()
}
