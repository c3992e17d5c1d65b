package standin

import (
	"fmt"
	"net"
	"net/http"
	"time"
)

// state is what the container does, in the engine's word, and whether that is running.
func (c *Container) state() (word string, running bool, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.word(), c.running || c.looping, c.name
}

// word is called under the lock.
func (c *Container) word() string {
	switch {
	case c.paused:
		return "paused"
	case c.running:
		return "running"
	case c.looping:
		return "restarting"
	case c.started.IsZero():
		return "created"
	}
	return "exited"
}

func labels(c *Container) map[string]string {
	if c.spec.Labels == nil {
		return map[string]string{}
	}
	return c.spec.Labels
}

func (e *Engine) inspect(rw http.ResponseWriter, c *Container) {
	reply(rw, map[string]any{
		"Id": c.id, "Name": "/" + c.Name(), "Created": c.spec.Created.UTC().Format(time.RFC3339Nano), "LogPath": c.spec.LogPath,
		"State":           c.inspectState(),
		"Config":          map[string]any{"Image": c.spec.Image, "Labels": labels(c), "Tty": c.spec.TTY},
		"HostConfig":      map[string]any{"LogConfig": map[string]any{"Type": "json-file"}, "NetworkMode": c.spec.Network.mode()},
		"NetworkSettings": c.spec.Network.settings(),
		"Image":           fmt.Sprintf("sha256:%064d", 0),
	})
}

// inspectState is running while the container is paused or restarting, as the engine has it.
func (c *Container) inspectState() map[string]any {
	c.mu.Lock()
	defer c.mu.Unlock()
	pid := 0
	if c.running {
		pid = c.spec.PID
	}
	return map[string]any{
		"Status": c.word(), "Running": c.running || c.looping, "Paused": c.paused, "Restarting": c.looping, "OOMKilled": false, "Dead": false,
		"Pid": pid, "ExitCode": c.code, "StartedAt": c.started.UTC().Format(time.RFC3339Nano), "FinishedAt": c.finished.UTC().Format(time.RFC3339Nano),
	}
}

func (n Network) mode() string {
	if n.Mode == "" {
		return "default"
	}
	return n.Mode
}

func (n Network) settings() map[string]any {
	ports, networks := map[string]any{}, map[string]any{}
	for inside, at := range n.Ports {
		host, port, _ := net.SplitHostPort(at)
		ports[inside] = []map[string]string{{"HostIp": host, "HostPort": port}}
	}
	if n.IP != "" {
		networks["bridge"] = map[string]string{"IPAddress": n.IP, "GlobalIPv6Address": ""}
	}
	return map[string]any{"Ports": ports, "Networks": networks}
}
