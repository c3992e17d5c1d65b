package docker

import (
	"bufio"
	"bytes"
	"os"
	"slices"
	"strings"
)

// OwnID is the id of the container that this process runs in; "" for none,
// or when it cannot be known. The engine puts a container's /etc/hostname
// into a directory of the container's id and mounts it from there.
func OwnID() string {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return "" // another system, where logcap runs in no container of this engine
	}
	return ownID(text)
}

// ownID reads mountinfo (proc_pid_mountinfo(5)): the 4th field is the path within the file system, the 5th the mount point.
func ownID(mountinfo []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(mountinfo))
	for lines.Scan() {
		f := strings.Fields(lines.Text())
		if len(f) < 5 || !slices.Contains([]string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}, f[4]) {
			continue
		}
		_, rest, ok := strings.Cut(f[3], "/containers/")
		id, _, _ := strings.Cut(rest, "/")
		if ok && len(id) == 64 && strings.Trim(id, "0123456789abcdef") == "" {
			return id
		}
	}
	return ""
}
