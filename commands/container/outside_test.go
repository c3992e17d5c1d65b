package container

import (
	"net/netip"
	"runtime"
	"slices"
	"testing"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/internal/missing"
	"github.com/logcap/logcap/internal/standin"
)

// The ways from the outside lead to the container, and never to what has its address or port elsewhere.
func TestOutside(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux") // elsewhere no container's address is tried
	own := netip.MustParseAddr("172.17.0.2")
	port := func(inside int, host string) engine.Port {
		return engine.Port{Inside: inside, Host: netip.MustParseAddrPort(host)}
	}
	bridge := engine.Network{Mode: "default", Addresses: []netip.Addr{own}, Ports: []engine.Port{
		port(80, "0.0.0.0:8080"), port(6060, "0.0.0.0:16060"), port(6060, "[::]:16060"), port(6060, "127.0.0.2:26060"), port(6060, "192.0.2.1:36060"),
	}}
	host := engine.Network{Mode: "host"}
	for name, c := range map[string]struct {
		engine  string // "": the stand-in
		own     string // mode of the container that logcap runs in; "": none
		network engine.Network
		want    []string
	}{
		"on the host":                {"", "", bridge, []string{"172.17.0.2:6060", "127.0.0.1:16060", "127.0.0.2:26060", "192.0.2.1:36060"}},
		"in a container":             {"", "default", bridge, []string{"172.17.0.2:6060", "192.0.2.1:36060"}},
		"in one on the host's":       {"", "host", bridge, []string{"172.17.0.2:6060", "127.0.0.1:16060", "127.0.0.2:26060", "192.0.2.1:36060"}},
		"the host's network":         {"", "", host, []string{"127.0.0.1:6060"}},
		"the host's, from elsewhere": {"", "default", host, nil},
		"no network":                 {"", "", engine.Network{Mode: "none"}, nil},
		"on another machine":         {"tcp://build.example:2375", "", bridge, []string{"build.example:16060", "192.0.2.1:36060"}},
		"another machine's":          {"tcp://build.example:2375", "", host, []string{"build.example:6060"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if c.own != "" {
				h.f.opts.Own = h.run(standin.Spec{Name: "logcap", Network: standin.Network{Mode: c.own}}).ID()
			}
			if c.engine != "" {
				h.at(c.engine)
			}
			ways, err := h.f.outside(t.Context(), c.network, 6060, false)
			var got []string
			for _, w := range ways {
				got = append(got, w.what)
			}
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// at makes the finder's engine one that listens elsewhere.
func (h *house) at(host string) {
	h.t.Helper()
	e, err := engine.New(engine.Options{Host: host})
	if err != nil {
		h.t.Fatal(err)
	}
	h.f.opts.Engine = e
}

// What an engine on another machine runs cannot be read here.
func TestElsewhere(t *testing.T) {
	missing.Platform(t, runtime.GOOS, "linux")
	h := newHouse(t)
	h.at("tcp://build.example:2375")
	_, err := h.f.members(engine.Container{Name: "web", ID: "1", State: engine.State{PID: 70}})
	if err == nil {
		t.Fatal("found the processes of another machine")
	}
	checkError(t, err, "its memory cannot be read from here: the engine at tcp://build.example:2375 is on another machine", "docker:NAME:PORT")
}
