package process

import (
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	const rest = " S 1 2 3 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 9 0 4711 1048576 256 18446744073709551615"
	for name, want := range map[string]stat{
		"42 (sh)" + rest:          {name: "sh", state: 'S', parent: 1, threads: 9, start: 4711, rss: 256},
		"42 (a) R 1 (b c)" + rest: {name: "a) R 1 (b c", state: 'S', parent: 1, threads: 9, start: 4711, rss: 256},
		"42 ()" + rest:            {state: 'S', parent: 1, threads: 9, start: 4711, rss: 256},
	} {
		if got, err := parseStat([]byte(name)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", name, got, err)
		}
	}
	for _, bad := range []string{"", "42", "42 (sh", "42 )sh(" + rest, "42 (sh) S 1", "42 (sh)" + strings.Replace(rest, "4711", "x", 1)} {
		if got, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestParseStatus(t *testing.T) {
	const good = "Name:\tx\nTgid:\t7\nTracerPid:\t3\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000080000\n"
	want := status{leader: 7, tracer: 3, uids: [4]int{1, 2, 3, 4}, gids: [4]int{5, 6, 7, 8}, permitted: 1<<41 - 1, effective: 1 << 19}
	if got, err := parseStatus([]byte(good)); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	want.seccomp = 2
	if got, err := parseStatus([]byte(good + "Seccomp:\t2\n")); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "Tgid:\t7\n", strings.Replace(good, "3\t4", "3", 1), strings.Replace(good, "1ff", "xyz", 1)} {
		if got, err := parseStatus([]byte(bad)); err == nil {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func FuzzProcfs(f *testing.F) {
	f.Add("42 (sh) S 1 2 3 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 9 0 4711 1048576 256 9", "0::/docker/"+strings.Repeat("a", 64))
	f.Add("Tgid:\t7\nUid:\t1\t2\t3\t4", "22 27 0:21 /containers/"+strings.Repeat("b", 64)+"/hosts /etc/hosts rw")
	f.Fuzz(func(t *testing.T, a, b string) {
		_, _ = parseStat([]byte(a))
		_, _ = parseStatus([]byte(a))
		if c := containerOf(a, b); c.ID == "" && c.Runtime != "" {
			t.Errorf("%+v", c)
		}
	})
}

func TestContainerOf(t *testing.T) {
	a, b := strings.Repeat("0a", 32), strings.Repeat("0b", 32)
	for _, tt := range []struct {
		cgroup, mounts string
		want           Container
	}{
		{"0::/user.slice/user-1000.slice/session-2.scope\n", "", Container{}},
		{"0::/\n", "22 27 0:21 / /proc rw,relatime - proc proc rw\n", Container{}},
		{"0::/system.slice/docker-" + a + ".scope\n", "", Container{a, "docker"}},
		{"11:pids:/docker/" + a + "\n10:cpu:/docker/" + a + "\n", "", Container{a, "docker"}},
		{"0::/docker/" + a + "/docker/" + b + "\n", "", Container{b, "docker"}},
		{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice/cri-containerd-" + a + ".scope\n", "", Container{a, "containerd"}},
		{"0::/kubepods/besteffort/pod0a1b/" + a + "\n", "", Container{a, "kubernetes"}},
		{"0::/kubepods.slice/crio-" + a + ".scope/container\n", "", Container{a, "cri-o"}},
		{"0::/machine.slice/libpod-" + a + ".scope/container\n", "", Container{a, "podman"}},
		{"3:cpu:/lxc/web/system.slice/ssh.service\n", "", Container{"web", "lxc"}},
		{"0::/lxc.payload.web/init.scope\n", "", Container{"web", "lxc"}},
		{"0::/machine.slice/machine-web.scope/payload\n", "", Container{"web", "nspawn"}},
		{"0::/foo/" + a + "\n", "", Container{a, ""}},
		{"0::/\n", "9 8 254:1 /var/lib/docker/containers/" + a + "/hostname /etc/hostname rw - ext4 /dev/vda rw\n", Container{a, "docker"}},
		{"0::/\n", "9 8 0:3 /overlay-containers/" + a + "/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw\n", Container{a, "podman"}},
		{"0::/\n", "9 8 254:1 /var/lib/docker/containers/" + a + "/hostname /mnt/hostname rw - ext4 /dev/vda rw\n", Container{}},
	} {
		if got := containerOf(tt.cgroup, tt.mounts); got != tt.want {
			t.Errorf("%q %q: got %+v, want %+v", tt.cgroup, tt.mounts, got, tt.want)
		}
	}
}
