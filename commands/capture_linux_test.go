package commands

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/logcap/logcap/internal/missing"
)

// When the system has no watches to give, that is told once, and new lines, files
// and directories are found by looking. The limit is one of a user namespace of its own.
func TestCaptureWithoutEvents(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.jsonl")
	write(t, filepath.Join(dir, "a.log"), "old\n")
	own := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: syscall.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: syscall.Getgid(), Size: 1}},
	}
	const limit = `echo 0 > /proc/sys/user/max_inotify_watches && exec "$@"`
	try := exec.Command("sh", "-c", limit, "sh", "true")
	try.SysProcAttr = own
	if err := try.Run(); err != nil {
		missing.Part(t, missing.Mount, "a user namespace with a limit of watches: "+err.Error())
	}
	r := startLogcap(t, func(c *exec.Cmd) {
		c.Args = append([]string{"sh", "-c", limit, "sh", c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
		c.SysProcAttr = own
	}, "capture", filepath.Join(dir, "**/*.log"), "--from-start", "--to", "file="+out)
	eventually(t, "what is there", func() bool { return contains(out, `"message":"old"`) })
	write(t, filepath.Join(dir, "a.log"), "new\n")
	eventually(t, "a line", func() bool { return contains(out, `"message":"new"`) })
	if err := exec.Command("mkdir", "-p", filepath.Join(dir, "d", "e")).Run(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "d", "e", "b.log"), "deep\n")
	eventually(t, "a file in a new directory", func() bool { return contains(out, `"message":"deep"`) })
	if code, _ := r.end(); code != 0 || strings.Count(r.err.String(), "watch directories: no space left on device; changes are found by looking every second") != 1 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
}
