package missing

import (
	"bytes"
	"os"
	"os/exec"
)

// Gcore is the path of gdb's program that writes the core of a running process,
// when it may read one that this process has started.
func Gcore(t TB) string {
	t.Helper()
	path, err := exec.LookPath("gcore")
	if err != nil {
		Part(t, Cores, err.Error())
		return ""
	}
	// Absent where the kernel was built without yama, which then refuses nothing.
	scope, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err == nil && !bytes.HasPrefix(scope, []byte("0")) && os.Getuid() != 0 {
		Part(t, Cores, "gcore may not read another process: kernel.yama.ptrace_scope is not 0")
		return ""
	}
	return path
}
