// Package process says of a process what the system tells of it: who it is,
// whether it may be read, and what it holds open. It reads /proc and asks the
// kernel's socket tables; the process does not notice.
//
// What it counts goes into a recording as a Usage; what a goroutine does in
// the same process is another room's business (procmem).
package process

import "time"

// Info is what does not change while a process runs one program, and the
// state that decides whether it can be read.
type Info struct {
	PID    int
	Parent int
	// Exe is the executable's path as the process itself sees it; "" when it
	// may not be read, or when there is none, as of a kernel thread. Deleted
	// says that the file is no longer there, as after an upgrade.
	Exe     string
	Deleted bool
	// Args0 is the first argument, the name under which it was started; Name
	// the kernel's, at most 15 bytes.
	Args0, Name string
	// Start is when it was started, to a hundredth of a second.
	Start time.Time
	// UID is its effective user; RealUID the one that started it.
	UID, RealUID int
	State        State
	Threads      int
	// Tracer is the pid of its debugger, 0 without; TracerName the kernel's name of it.
	Tracer     int
	TracerName string
	Container  Container
	// Machine is its executable's architecture as GOARCH spells it; the ELF
	// name for those Go does not know; "" when it may not be read.
	Machine string
}

// State is what a process is doing, by the letter in /proc/PID/stat.
type State string

// The states of proc(5) that matter to a reader.
const (
	Running  State = "running"
	Sleeping State = "sleeping" // in a system call, also an uninterruptible one
	Stopped  State = "stopped"  // by a signal, as Ctrl-Z
	Traced   State = "traced"   // halted by its debugger
	Zombie   State = "zombie"   // ended; its parent has not asked how
	Idle     State = "idle"     // a kernel thread
)

func stateOf(letter byte) State {
	switch letter {
	case 'R':
		return Running
	case 'T':
		return Stopped
	case 't':
		return Traced
	case 'Z', 'X', 'x':
		return Zombie
	case 'I':
		return Idle
	}
	return Sleeping
}
