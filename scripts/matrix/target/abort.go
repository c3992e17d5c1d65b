package main

import (
	"runtime"
	"syscall"
	"unsafe"
)

// abort ends the process with a core, in the instant of the dump that it
// writes as a reply. Nothing else runs from there on: raw system calls give the
// processor to nobody. The signal's action is set back to the system's own;
// the runtime's handler would go on first.
func abort() {
	buf := make([]byte, 8<<20)
	n := runtime.Stack(buf, true)
	head := make([]byte, 0, 24)
	for digits, d := n, 1_000_000_000; d > 0; d /= 10 {
		if digits >= d || len(head) > 0 {
			head = append(head, byte('0'+digits/d%10))
		}
	}
	write(append(head, '\n'))
	write(buf[:n])
	var action [4]uint64 // struct sigaction of the kernel, SIG_DFL
	syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGABRT), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	pid, _, _ := syscall.RawSyscall(syscall.SYS_GETPID, 0, 0, 0)
	thread, _, _ := syscall.RawSyscall(syscall.SYS_GETTID, 0, 0, 0)
	syscall.RawSyscall(syscall.SYS_TGKILL, pid, thread, uintptr(syscall.SIGABRT))
}

func write(b []byte) {
	for len(b) > 0 {
		n, _, err := syscall.RawSyscall(syscall.SYS_WRITE, 1, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		if err != 0 && err != syscall.EINTR {
			return
		}
		if err == 0 {
			b = b[n:]
		}
	}
}
