package container

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"

	"github.com/logcap/logcap/capture/engine"
)

// inside is a port as the container itself sees it.
type inside struct {
	namespace string // its file
	at        netip.AddrPort
	loopback  bool // only from inside can it be reached
}

// within looks from inside which addresses a port listens on; nil when the container is not here.
func (f *Finder) within(c engine.Container, port int) (*inside, error) {
	if runtime.GOOS != "linux" {
		return nil, nil
	}
	m, err := f.members(c)
	var own *Error
	if errors.As(err, &own) {
		return nil, nil // the engine is elsewhere: it may forward the port
	}
	if err != nil {
		return nil, err
	}
	all, err := f.proc.listening(m.first)
	if err != nil {
		return nil, nil // as /proc is mounted, only the process's user may ask
	}
	in := &inside{namespace: f.proc.path(m.first, "ns/net"), loopback: c.Network.Mode != "host"}
	var ports []string
	for _, a := range all {
		if text := itoa(int(a.Port())); len(ports) < mostNames && !slices.Contains(ports, text) {
			ports = append(ports, text)
		}
		if int(a.Port()) != port {
			continue
		}
		if !in.at.IsValid() || better(a.Addr(), in.at.Addr()) {
			in.at = a
		}
		in.loopback = in.loopback && a.Addr().IsLoopback()
	}
	if !in.at.IsValid() {
		hint := "nothing in the container listens on any port: start an endpoint in it, or read its memory: docker:" + c.Name
		if len(ports) > 0 {
			hint = "ports that are open in it: " + strings.Join(ports, ", ") + "; its memory can be read without one: docker:" + c.Name
		}
		return nil, fail(hint, "container %q: nothing in it listens on port %d", c.Name, port)
	}
	return in, nil
}

// better prefers what every address leads to, then IPv4.
func better(a, than netip.Addr) bool {
	if a.IsUnspecified() != than.IsUnspecified() {
		return a.IsUnspecified()
	}
	return a.Is4() && !than.Is4()
}

// dial connects from inside.
func (in *inside) dial(ctx context.Context) (net.Conn, error) {
	to := in.at
	if to.Addr().IsUnspecified() {
		loopback := netip.IPv6Loopback()
		if to.Addr().Is4() {
			loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		}
		to = netip.AddrPortFrom(loopback, to.Port())
	}
	return dialWithin(ctx, in.namespace, to)
}
