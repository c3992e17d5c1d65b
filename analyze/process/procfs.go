package process

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// stat is a part of /proc/PID/stat, in the order and units of proc(5).
type stat struct {
	name    string
	state   byte
	parent  int
	threads int
	start   uint64 // clock ticks since boot
	rss     int64  // pages
}

// parseStat reads /proc/PID/stat. The name stands in parentheses and may hold
// anything, parentheses and spaces too: the last one ends it.
func parseStat(b []byte) (stat, error) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("no name in %q", clip(b))
	}
	s := stat{name: string(b[open+1 : end])}
	fields := strings.Fields(string(b[end+1:]))
	if len(fields) < 22 || len(fields[0]) != 1 {
		return stat{}, fmt.Errorf("%d fields after the name in %q", len(fields), clip(b))
	}
	s.state = fields[0][0]
	var errs [4]error
	s.parent, errs[0] = strconv.Atoi(fields[1])
	s.threads, errs[1] = strconv.Atoi(fields[17])
	s.start, errs[2] = strconv.ParseUint(fields[19], 10, 64)
	s.rss, errs[3] = strconv.ParseInt(fields[21], 10, 64)
	for _, err := range errs {
		if err != nil {
			return stat{}, err
		}
	}
	return s, nil
}

// ended: the last thread is gone. A leader that ended alone is a zombie too,
// but one with threads that go on.
func (s stat) ended() bool { return stateOf(s.state) == Zombie && s.threads <= 1 }

// status is a part of /proc/PID/status.
type status struct {
	leader    int // Tgid: the pid; another one for a thread
	tracer    int
	uids      [4]int // real, effective, saved, file system
	gids      [4]int
	permitted uint64 // capabilities, one bit each
	effective uint64
	seccomp   int // 2: a filter decides on system calls
}

// parseStatus reads /proc/PID/status; lines it does not know are passed over.
func parseStatus(b []byte) (status, error) {
	var s status
	var err error
	seen := 0
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		known := true
		var e error
		switch key {
		case "Tgid":
			s.leader, e = strconv.Atoi(value)
		case "TracerPid":
			s.tracer, e = strconv.Atoi(value)
		case "Uid":
			s.uids, e = four(value)
		case "Gid":
			s.gids, e = four(value)
		case "CapPrm":
			s.permitted, e = strconv.ParseUint(value, 16, 64)
		case "CapEff":
			s.effective, e = strconv.ParseUint(value, 16, 64)
		case "Seccomp":
			s.seccomp, e = strconv.Atoi(value)
			seen-- // a kernel built without it has no such line
		default:
			known = false
		}
		if e != nil && err == nil {
			err = fmt.Errorf("%s %q: %w", key, value, e)
		}
		if known {
			seen++
		}
	}
	if err == nil && seen < 6 {
		err = fmt.Errorf("only %d of 6 lines", seen)
	}
	return s, err
}

func four(text string) (n [4]int, err error) {
	fields := strings.Fields(text)
	if len(fields) != len(n) {
		return n, fmt.Errorf("%d numbers", len(fields))
	}
	for i, f := range fields {
		id, err := strconv.ParseUint(f, 10, 32)
		if err != nil {
			return n, err
		}
		n[i] = int(id)
	}
	return n, nil
}

func clip(b []byte) string {
	const most = 80
	if len(b) > most {
		return string(b[:most]) + "…"
	}
	return string(b)
}

// openFilesLimit reads the soft limit in /proc/PID/limits; 0 for none.
func openFilesLimit(text string) int {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "Max open files"); ok {
			if f := strings.Fields(rest); len(f) > 0 {
				n, _ := strconv.Atoi(f[0]) // "unlimited" is no number
				return n
			}
		}
	}
	return 0
}
