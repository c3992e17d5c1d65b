package process

import (
	"regexp"
	"strings"
)

// Container is what a process runs in.
type Container struct {
	// ID is as the runtime has it, 64 hex digits or a name; "" for none.
	ID string
	// Runtime is "docker", "containerd", "cri-o", "podman", "lxc", "nspawn",
	// or "kubernetes" where its path tells no more; "" when the id alone is known.
	Runtime string
}

const id64 = `[0-9a-f]{64}`

var (
	// scopeForm is the last part of a control group's path; the runtimes'
	// systemd drivers put their name before the id.
	scopeForm = regexp.MustCompile(`^(?:(docker|cri-containerd|crio|libpod|nerdctl)-)?(` + id64 + `)(?:\.scope)?$`)
	// mountForm is the root of a mount of the engine's own /etc/hosts and its like.
	mountForm = regexp.MustCompile(`/(containers|overlay-containers)/(` + id64 + `)/(?:userdata/)?(?:hostname|hosts|resolv\.conf)$`)
)

// containerOf reads /proc/PID/cgroup, and /proc/PID/mountinfo where a
// namespace hides the groups' paths. Both are in proc(5)'s and cgroups(7)'s form.
func containerOf(cgroup, mountinfo string) Container {
	for line := range strings.Lines(cgroup) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		if c := containerIn(fields[2]); c.ID != "" {
			return c
		}
	}
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 || !strings.HasPrefix(fields[4], "/etc/") {
			continue
		}
		if m := mountForm.FindStringSubmatch(fields[3]); m != nil {
			return Container{ID: m[2], Runtime: map[string]string{"containers": "docker", "overlay-containers": "podman"}[m[1]]}
		}
	}
	return Container{}
}

// containerIn looks from the inside out: a container in a container is in both.
func containerIn(path string) Container {
	parts := strings.Split(path, "/")
	for i := len(parts) - 1; i >= 0; i-- {
		part := parts[i]
		if m := scopeForm.FindStringSubmatch(part); m != nil {
			return Container{ID: m[2], Runtime: runtimeOf(m[1], parts[:i])}
		}
		if name, ok := strings.CutPrefix(part, "lxc.payload."); ok {
			return Container{ID: name, Runtime: "lxc"}
		}
		if i > 0 && parts[i-1] == "lxc" && part != "" {
			return Container{ID: part, Runtime: "lxc"}
		}
		if name, ok := strings.CutPrefix(part, "machine-"); ok && strings.HasSuffix(name, ".scope") {
			return Container{ID: strings.TrimSuffix(name, ".scope"), Runtime: "nspawn"}
		}
	}
	return Container{}
}

func runtimeOf(prefix string, above []string) string {
	switch prefix {
	case "docker":
		return "docker"
	case "cri-containerd", "nerdctl":
		return "containerd"
	case "crio":
		return "cri-o"
	case "libpod":
		return "podman"
	}
	for i := len(above) - 1; i >= 0; i-- {
		switch {
		case above[i] == "docker":
			return "docker"
		case strings.HasPrefix(above[i], "libpod"):
			return "podman"
		case strings.HasPrefix(above[i], "kubepods"):
			return "kubernetes"
		}
	}
	return ""
}
