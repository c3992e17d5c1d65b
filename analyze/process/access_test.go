package process

import (
	"errors"
	"strings"
	"testing"
)

// Every setting that can refuse is named, in one line, with a way out.
func TestExplain(t *testing.T) {
	user := func(uid int) status {
		return status{uids: [4]int{uid, uid, uid, uid}, gids: [4]int{uid, uid, uid, uid}}
	}
	able := user(0)
	able.permitted = 1 << capSysPtrace
	able.effective = able.permitted
	setuid := user(7)
	setuid.uids[2] = 0
	for name, tt := range map[string]struct {
		f          facts
		says, hint string
	}{
		"seccomp":      {facts{filtered: true, caller: able, target: user(0)}, "a seccomp filter", "--cap-add SYS_PTRACE"},
		"yama 3":       {facts{scope: 3, caller: able, target: user(0)}, "ptrace_scope is 3", "until"},
		"userns":       {facts{unmapped: true, caller: able, target: user(0)}, "user namespace only", "--userns host"},
		"apparmor":     {facts{caller: able, target: user(0), callerLabel: "docker-default (enforce)", label: "unconfined"}, `logcap runs as "docker-default (enforce)"`, "--security-opt"},
		"unknown":      {facts{caller: able, target: user(0), callerLabel: "unconfined"}, "refused all the same", ""},
		"other user":   {facts{caller: user(7), target: user(8), user: "web", self: "me"}, "it runs as web (uid 8) and logcap as me (uid 7)", "as the user web"},
		"in container": {facts{caller: user(7), target: user(8), user: "web", contained: true}, "without CAP_SYS_PTRACE", "start that with --cap-add SYS_PTRACE"},
		"saved id":     {facts{caller: user(7), target: setuid}, "groups or saved ids", "as root"},
		"undumpable":   {facts{caller: user(7), target: user(7), undumpable: true, scope: 1}, "not dumpable", "as root"},
		"capabilities": {facts{caller: user(7), target: status{uids: user(7).uids, gids: user(7).gids, permitted: 6}}, "2 capabilities", "CAP_SYS_PTRACE"},
		"yama 2":       {facts{caller: user(7), target: user(7), scope: 2}, "ptrace_scope is 2", "sysctl kernel.yama.ptrace_scope=0"},
		"yama 1":       {facts{caller: user(7), target: user(7), scope: 1}, "own children only", "sysctl kernel.yama.ptrace_scope=0"},
		"selinux":      {facts{caller: user(7), target: user(7), scope: -1, label: "system_u:system_r:httpd_t:s0"}, "httpd_t", "policy"},
		"nothing":      {facts{caller: user(7), target: user(7), scope: -1}, "no setting that logcap knows", "root"},
	} {
		err := explain(12, tt.f)
		if !errors.Is(err, ErrNoAccess) || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Hint(), tt.hint) || strings.Contains(err.Error()+err.Hint(), "\n") {
			t.Errorf("%s: %v\nhint %s", name, err, err.Hint())
		}
	}
}
