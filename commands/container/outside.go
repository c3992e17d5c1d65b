package container

import (
	"context"
	"errors"
	"net"
	"runtime"
	"slices"
	"syscall"
	"time"

	"github.com/logcap/logcap/capture/engine"
)

// outside are the ways to a port that need no rights: the container's own
// addresses, which lead to no other container, and the ports that the engine's host forwards.
func (f *Finder) outside(ctx context.Context, n engine.Network, port int, blind bool) ([]way, error) {
	direct := runtime.GOOS == "linux" && !f.opts.Engine.Remote() // elsewhere its addresses may be others'
	own, err := f.ownNetwork(ctx)
	if err != nil {
		return nil, err
	}
	var ways []way
	add := func(host string, port int, check bool) {
		to := net.JoinHostPort(host, itoa(port))
		ways = append(ways, way{to, func(ctx context.Context) (net.Conn, error) { return dialTCP(ctx, to, check) }})
	}
	if direct {
		for _, a := range n.Addresses {
			add(a.String(), port, false)
		}
	}
	if n.Mode == "host" && own {
		add(f.opts.Engine.Hostname(), port, false)
	}
	for _, p := range n.Ports {
		at := p.Host.Addr()
		switch {
		case p.Inside != port, at.IsLoopback() && (f.opts.Engine.Remote() || !own), !own && at.IsUnspecified():
		case at.IsUnspecified():
			add(f.opts.Engine.Hostname(), int(p.Host.Port()), blind)
		default:
			add(at.String(), int(p.Host.Port()), blind)
		}
	}
	return slices.CompactFunc(ways, func(a, b way) bool { return a.what == b.what }), nil
}

// ownNetwork says that this process is in the network of the engine's host, so that the loopback address is
// the host's: in a container it is that container's own, and what listens there somebody else.
func (f *Finder) ownNetwork(ctx context.Context) (bool, error) {
	if f.opts.Own == "" || f.opts.Engine.Remote() {
		return true, nil
	}
	c, err := f.opts.Engine.Inspect(ctx, f.opts.Own)
	var said *engine.Answered
	if errors.As(err, &said) {
		return true, nil // the container is another engine's
	}
	return err == nil && c.Network.Mode == "host", err
}

// closedAtOnce is how long a forwarder may take to find that nothing listens behind it.
const closedAtOnce = 150 * time.Millisecond

// dialTCP connects. check asks whether the connection is closed at once: the engine's
// forwarder takes connections for ports on which nothing in the container listens.
func dialTCP(ctx context.Context, to string, check bool) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", to)
	if err != nil || !check {
		return conn, err
	}
	defer conn.Close() // what it says first belongs to no answer
	if err := conn.SetReadDeadline(time.Now().Add(closedAtOnce)); err != nil {
		return nil, err
	}
	var late net.Error
	if _, err := conn.Read(make([]byte, 1)); err != nil && !(errors.As(err, &late) && late.Timeout()) {
		return nil, syscall.ECONNRESET
	}
	return d.DialContext(ctx, "tcp", to)
}
