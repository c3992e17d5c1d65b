// Package scrape asks a live Go process for its profiles over HTTP, HTTPS and
// unix sockets: within bounds of time and bytes, at a cost to the target that
// is measured and kept small, and with an error for every other thing that may
// answer instead. What it gets goes to the caller, who records and judges it.
package scrape

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/lineage"
	"github.com/logcap/logcap/analyze/recording"
)

// Client asks one target. It keeps one connection alive, so that looking adds
// one goroutine to the target and not one a scrape; a trace, which occupies its
// connection for seconds, has another for as long as it takes.
//
// Scrape may be called from several goroutines. Close it when done.
type Client struct {
	addr Address
	opts Options
	http *http.Client
	idle func() // closes kept connections
	// heard is what the newest connection said first.
	heard *heard

	mu sync.Mutex
	// absent is what the target does not offer: asked once, never again.
	absent map[recording.Kind]*Error
	// total is the number of goroutines in the newest proto.
	total int
	// rtt is the time one packet's round trip takes, from dialling; 0 before.
	rtt time.Duration
}

// Result is one answer of the target, as sent and as understood.
type Result struct {
	recording.Scrape
	// Snapshot is set for Goroutine, Stacks and Leak when Err is empty.
	Snapshot *goroutine.Snapshot
	// Trace is set for Trace when Err is empty.
	Trace *exectrace.Trace
	// Failure is the error behind Err, with a hint; nil when Err is empty.
	Failure *Error
	// News is set for Births when Err is empty.
	News *lineage.News
	// Nothing: there was nothing new to tell; Watch does not deliver it.
	Nothing bool
	// Interval is set by Watch for Goroutine: the time to the next one. It is
	// longer than the plan's when the target's cost has stretched it.
	Interval time.Duration
}

// New makes a client; it reads the certificate files and asks nothing yet.
// Every error is an *Error.
func New(addr Address, opts Options) (*Client, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	if addr.Scheme == "docker" {
		return nil, fail("", "target %q: it names a container that was not looked for", addr.Name)
	}
	opts = opts.withDefaults()
	if opts.Path != "" {
		addr.Pprof = opts.Path
		for len(addr.Pprof) > 1 && addr.Pprof[len(addr.Pprof)-1] == '/' {
			addr.Pprof = addr.Pprof[:len(addr.Pprof)-1]
		}
	}
	c := &Client{addr: addr, opts: opts, absent: make(map[recording.Kind]*Error), idle: func() {}, heard: &heard{}}
	if opts.transport != nil {
		c.http = &http.Client{Transport: opts.transport, CheckRedirect: sameHost}
		return c, nil
	}
	tr, err := transport(addr, opts, c.heard)
	if err != nil {
		return nil, err
	}
	c.http = &http.Client{Transport: tr, CheckRedirect: sameHost}
	c.idle = tr.CloseIdleConnections
	return c, nil
}

// Close closes the kept connection. No Scrape may be running.
func (c *Client) Close() error {
	c.idle()
	return nil
}

// Policy is what the options say of costs.
func (c *Client) Policy() Policy {
	o := c.opts
	return Policy{Force: o.Force, NoDumps: o.NoDumps, NoTrace: o.NoTrace,
		DumpCeiling: o.DumpCeiling, LeakCeiling: o.LeakCeiling, TraceCeiling: o.TraceCeiling, TraceSeconds: o.TraceSeconds}
}

// Address is whom the client asks.
func (c *Client) Address() Address { return c.addr }

// transport has HTTP/1.1 only: with HTTP/2 the requests would share a
// connection that has goroutines of its own on both sides.
func transport(addr Address, opts Options, h *heard) (*http.Transport, error) {
	conf, err := tlsConfig(opts)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: min(opts.Timeout, 10*time.Second)}
	dial := func(ctx context.Context, network, to string) (net.Conn, error) {
		if addr.Scheme == "unix" {
			network, to = "unix", addr.Host
		}
		connect := func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, network, to) }
		if addr.Dial != nil {
			connect = addr.Dial
		}
		conn, err := connect(ctx)
		if err != nil {
			return nil, err
		}
		return h.wrap(conn), nil
	}
	tr := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dial,
		TLSClientConfig:     conf,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConns:        1,
		MaxIdleConnsPerHost: 1,
		// Compressing would cost the target more than it saves.
		DisableCompression:     true,
		MaxResponseHeaderBytes: 1 << 20,
		ReadBufferSize:         32 << 10,
	}
	if addr.Scheme == "unix" || addr.Dial != nil {
		tr.Proxy = nil
	}
	return tr, nil
}

// sameHost follows redirects within the target. One to another host is not the
// process we were asked to watch.
func sameHost(req *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return fail("", "it redirects in a circle")
	}
	if to := req.URL; to.Host != via[0].URL.Host {
		return fail("name that address as the target if it is the one you mean", "it redirects to %s", publicName(to))
	}
	return nil
}
