package process

import (
	"fmt"
	"math/bits"
	"strings"
)

// facts is what decides whether one process may read another's memory, in the
// words of ptrace(2), "Ptrace access mode checking".
type facts struct {
	caller, target status
	user, self     string // names of the target's and the caller's user
	// scope is kernel.yama.ptrace_scope; -1 where Yama is not built in.
	scope int
	// undumpable: the process, or the kernel for it, forbade dumps of its memory.
	undumpable bool
	// filtered: reading our own memory is refused as well.
	filtered bool
	// contained: we are in a container; unmapped: our user namespace is not the first one.
	contained, unmapped bool
	callerLabel, label  string // of AppArmor or SELinux; "" or "unconfined" for none
}

const capSysPtrace = 19 // linux/capability.h

func (f facts) capable() bool { return f.caller.effective&(1<<capSysPtrace) != 0 }

// sameUser: real ids of the caller, and all three of the target.
func (f facts) sameUser() bool {
	uid, gid := f.caller.uids[0], f.caller.gids[0]
	for i := range 3 {
		if f.target.uids[i] != uid || f.target.gids[i] != gid {
			return false
		}
	}
	return true
}

// explain names the setting that refused, in the order in which the kernel
// asks them, and what would lift it.
func explain(pid int, f facts) *Error {
	refuse := func(hint, format string, args ...any) *Error {
		return fail(pid, hint, "%w: %s", ErrNoAccess, fmt.Sprintf(format, args...))
	}
	switch {
	case f.filtered:
		return refuse("in Docker, start logcap's container with --cap-add SYS_PTRACE, which lifts that filter",
			"a seccomp filter forbids logcap the system call process_vm_readv, even on itself")
	case f.scope == 3:
		return refuse("it stays so until the machine starts anew; set it lower in /etc/sysctl.d, or watch the process through its pprof endpoint",
			"kernel.yama.ptrace_scope is 3, which forbids it to everyone")
	case f.capable() && f.unmapped:
		return refuse("run logcap on the host, or in a container without user namespace (--userns host)",
			"logcap's CAP_SYS_PTRACE is good for its own user namespace only, and the process is in another")
	case f.capable() && (confined(f.callerLabel) || confined(f.label)):
		return refuse("in Docker, start logcap's container with --security-opt apparmor=unconfined or label=disable",
			"a security module refuses it: logcap runs as %q, the process as %q", f.callerLabel, f.label)
	case f.capable():
		return refuse("", "logcap has CAP_SYS_PTRACE and is refused all the same; a security module may be the reason")
	case f.target.uids[1] != f.caller.uids[0] || !f.sameUser() && f.target.uids[0] != f.caller.uids[0]:
		return refuse(f.lift("run logcap as the user "+f.user+", or as root"),
			"it runs as %s (uid %d) and logcap as %s (uid %d) without CAP_SYS_PTRACE", f.user, f.target.uids[1], f.self, f.caller.uids[0])
	case !f.sameUser():
		return refuse(f.lift("run logcap as root"),
			"its groups or saved ids are not logcap's (gid %d, logcap's %d), and logcap has no CAP_SYS_PTRACE", f.target.gids[1], f.caller.gids[0])
	case f.undumpable:
		return refuse(f.lift("run logcap as root"),
			"the process is not dumpable (it changed its user, has file capabilities or asked for it), so only CAP_SYS_PTRACE may")
	case f.target.permitted&^f.caller.permitted != 0:
		return refuse(f.lift("run logcap as root"),
			"it has %d capabilities that logcap has not, and logcap has no CAP_SYS_PTRACE", bits.OnesCount64(f.target.permitted&^f.caller.permitted))
	case f.scope == 2:
		return refuse(f.lift("run logcap as root, or set it lower: sysctl kernel.yama.ptrace_scope=0"),
			"kernel.yama.ptrace_scope is 2, which allows it with CAP_SYS_PTRACE only")
	case f.scope == 1:
		return refuse(f.lift("run logcap as root, or set it lower: sysctl kernel.yama.ptrace_scope=0"),
			"kernel.yama.ptrace_scope is 1, which allows it for a process's own children only")
	case confined(f.callerLabel) || confined(f.label):
		return refuse("allow it in that module's policy", "a security module refuses it: logcap runs as %q, the process as %q", f.callerLabel, f.label)
	}
	return refuse(f.lift("run logcap as root"), "the kernel refuses it, and no setting that logcap knows says why")
}

// lift adds what has to be said in a container, where root has no CAP_SYS_PTRACE.
func (f facts) lift(hint string) string {
	if f.contained {
		return hint + "; logcap is in a container: start that with --cap-add SYS_PTRACE"
	}
	return hint + ", or give it CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"
}

func confined(label string) bool { return label != "" && !strings.HasPrefix(label, "unconfined") }
