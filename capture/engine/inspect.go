package engine

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is what a container does, or did last.
type State struct {
	Status string // "created", "running", "paused", "restarting", "removing", "exited" or "dead"
	// The others are only from Inspect.
	PID       int // of its first process, where the engine runs; 0 when there is none
	ExitCode  int // of its last run; 0 while it runs
	OOMKilled bool
	Started   time.Time // begin of its last run; zero: never
	Finished  time.Time // end of its last run; zero: never
}

// Network is where a container can be reached.
type Network struct {
	Mode      string       // "default", "bridge", "host", "none", "container:ID" or a network's name
	Addresses []netip.Addr // its own, one or more for each of its networks
	Ports     []Port       // those that are published
}

// Port is a TCP port of a container that the engine's host forwards.
type Port struct {
	Inside int
	Host   netip.AddrPort // an unspecified address is every address of the host
}

// inspected is the part of the engine's answer that is read.
// Source: https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerInspect
type inspected struct {
	ID      string `json:"Id"`
	Name    string
	Created time.Time
	LogPath string
	State   struct {
		Status                         string
		Running, Restarting, OOMKilled bool
		Pid, ExitCode                  int
		StartedAt, FinishedAt          time.Time // year 1: never
	}
	Config struct {
		Image  string
		Labels map[string]string
		Tty    bool
	}
	HostConfig struct {
		NetworkMode string
		LogConfig   struct {
			Type   string
			Config map[string]string
		}
	}
	NetworkSettings struct {
		Ports    map[string][]binding
		Networks map[string]struct{ IPAddress, GlobalIPv6Address string }
	}
}

// binding is where a port of a container is published.
type binding struct{ HostIP, HostPort string }

// Inspect is one container, by its id, the beginning of one that no other has, or its name.
// An Answered with status 404 says that it is not there.
func (e *Engine) Inspect(ctx context.Context, id string) (Container, error) {
	var i inspected
	if err := e.ask(ctx, "/containers/"+url.PathEscape(id)+"/json", nil, &i); err != nil {
		return Container{}, err
	}
	log := i.HostConfig.LogConfig
	return Container{
		Rotated: log.Config["max-size"] != "" || log.Type == "local", // which always does
		ID:      i.ID, Name: trimName(i.Name), Image: i.Config.Image, Labels: i.Config.Labels, Created: i.Created,
		Running: i.State.Running || i.State.Restarting, TTY: i.Config.Tty, Driver: log.Type, LogPath: i.LogPath,
		State: i.state(), Network: i.network(),
	}, nil
}

func (i *inspected) state() State {
	s := i.State
	return State{Status: s.Status, PID: s.Pid, ExitCode: s.ExitCode, OOMKilled: s.OOMKilled, Started: s.StartedAt, Finished: s.FinishedAt}
}

// network leaves out what is no address: the engine writes "" for none.
func (i *inspected) network() Network {
	n := Network{Mode: i.HostConfig.NetworkMode}
	for _, in := range i.NetworkSettings.Networks {
		for _, text := range []string{in.IPAddress, in.GlobalIPv6Address} {
			if a, err := netip.ParseAddr(text); err == nil {
				n.Addresses = append(n.Addresses, a)
			}
		}
	}
	slices.SortFunc(n.Addresses, netip.Addr.Compare) // they come in the order of a map
	for inside, bindings := range i.NetworkSettings.Ports {
		for _, b := range bindings {
			if p, ok := b.port(inside); ok {
				n.Ports = append(n.Ports, p)
			}
		}
	}
	slices.SortFunc(n.Ports, func(a, b Port) int {
		if a.Inside != b.Inside {
			return a.Inside - b.Inside
		}
		return a.Host.Compare(b.Host)
	})
	return n
}

// port reads a binding of a port like "6060/tcp"; no for other protocols.
func (b binding) port(inside string) (Port, bool) {
	number, ok := strings.CutSuffix(inside, "/tcp")
	n, err := strconv.ParseUint(number, 10, 16)
	at, hostErr := strconv.ParseUint(b.HostPort, 10, 16)
	if !ok || err != nil || hostErr != nil {
		return Port{}, false
	}
	host, err := netip.ParseAddr(b.HostIP)
	if err != nil { // "" in engines before 20.10, and in Podman
		host = netip.IPv4Unspecified()
	}
	return Port{int(n), netip.AddrPortFrom(host, uint16(at))}, true
}
