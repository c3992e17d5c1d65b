package container

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/logcap/logcap/capture/engine"
)

// Route is the way to a port of a container. It holds while that runs and is found
// anew when it was started again. It can be used by several goroutines at once.
type Route struct {
	f   *Finder
	ref Ref

	mu      sync.Mutex
	id      string
	started time.Time // of the run that way belongs to
	way     way
}

// way is one way to a port.
type way struct {
	what string // in the user's words
	dial func(context.Context) (net.Conn, error)
}

// dialMost is how long one way may take to connect.
const dialMost = 2 * time.Second

// Route finds the way to a port of a container. Every error is an *Error, one
// of the engine, or ctx's.
func (f *Finder) Route(ctx context.Context, ref Ref) (*Route, error) {
	r := &Route{f: f, ref: ref}
	conn, err := r.Dial(ctx)
	if err != nil {
		return nil, err
	}
	return r, conn.Close()
}

// Way is how the container is reached, in the user's words.
func (r *Route) Way() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.way.what
}

// Dial connects to the port.
func (r *Route) Dial(ctx context.Context) (net.Conn, error) {
	c, err := r.f.find(ctx, r.ref.Name)
	if err != nil {
		return nil, err
	}
	if err := ready(c); err != nil {
		return nil, err
	}
	if c.State.Status == "paused" {
		return nil, fail("docker unpause "+c.Name+"; its memory can be read as it is: docker:"+c.Name, "container %q is paused: its endpoint does not answer", c.Name)
	}
	r.mu.Lock()
	known, same := r.way, r.id == c.ID && r.started.Equal(c.State.Started)
	r.mu.Unlock()
	if same {
		if conn, err := known.try(ctx); err == nil {
			return conn, nil
		}
	}
	found, conn, err := r.f.connect(ctx, c, r.ref.Port)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.id, r.started, r.way = c.ID, c.State.Started, found
	r.mu.Unlock()
	return conn, nil
}

func (w way) try(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialMost)
	defer cancel()
	return w.dial(ctx)
}

// connect takes the first way that leads to a port.
func (f *Finder) connect(ctx context.Context, c engine.Container, port int) (way, net.Conn, error) {
	network, err := f.network(ctx, c)
	if err != nil {
		return way{}, nil, err
	}
	inside, err := f.within(c, port)
	if err != nil {
		return way{}, nil, err
	}
	var ways []way
	if inside == nil || !inside.loopback {
		if ways, err = f.outside(ctx, network, port, inside == nil); err != nil {
			return way{}, nil, err
		}
	}
	if inside != nil {
		ways = append(ways, way{"port " + itoa(port) + " inside its network namespace", inside.dial})
	}
	var tried []string
	refused := false
	for _, w := range ways {
		conn, err := w.try(ctx)
		refused = errors.Is(err, fs.ErrPermission) // it is the last that asks for rights
		switch {
		case err == nil:
			return w, conn, nil
		case ctx.Err() != nil:
			return way{}, nil, ctx.Err()
		}
		tried = append(tried, w.what+": "+reason(err))
	}
	return way{}, nil, f.unreached(c, port, inside, tried, refused)
}

// network is the container's, or that of the container whose network it shares.
func (f *Finder) network(ctx context.Context, c engine.Container) (engine.Network, error) {
	id, shared := strings.CutPrefix(c.Network.Mode, "container:")
	if !shared {
		return c.Network, nil
	}
	other, err := f.opts.Engine.Inspect(ctx, id)
	if err != nil {
		return engine.Network{}, fmt.Errorf("container %q shares the network of another: %w", c.Name, err)
	}
	return other.Network, nil
}

// reason is an error without the addresses, which stand before it.
func reason(err error) string {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var sys syscall.Errno
	var late net.Error
	switch {
	case errors.As(err, &late) && late.Timeout():
		return "no answer"
	case errors.As(err, &sys):
		return sys.Error()
	}
	return err.Error()
}

// unreached says what was tried, and what would help.
func (f *Finder) unreached(c engine.Container, port int, in *inside, tried []string, refused bool) error {
	publish := fmt.Sprintf("publish the port: docker run -p 127.0.0.1:%d:%d ..., with an endpoint that listens on 0.0.0.0:%d", port, port, port)
	what := "port " + itoa(port) + " cannot be reached from here"
	if in != nil && in.loopback {
		what = fmt.Sprintf("%s is open inside it only", in.at)
	}
	if len(tried) > 0 {
		what += ": " + strings.Join(tried, "; ")
	}
	hint := publish
	if refused {
		hint = "entering the container's network needs CAP_SYS_ADMIN and CAP_SYS_PTRACE (run logcap as root), or " + publish
	}
	return fail(hint, "container %q: %s", c.Name, what)
}
