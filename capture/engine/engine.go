// Package engine is a client of one Docker engine: the few calls that logcap
// needs, each over a connection of its own that is read in the caller's
// goroutine. net/http's Transport would keep two goroutines for each
// connection, and moby's client one more for events; a collector that follows
// a thousand containers would be three thousand goroutines.
//
// Paths carry no API version, so that every engine answers in its own; the
// fields that are read have been there since API 1.24.
package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"
)

// DefaultHost is where an engine listens when nobody says otherwise.
const DefaultHost = "unix:///var/run/docker.sock"

// Engine is one engine. Its methods can be called from any goroutine.
type Engine struct {
	host    string
	network string // "unix" or "tcp"
	address string
	tls     *tls.Config   // nil: none
	answer  time.Duration // how long the beginning of an answer is waited for
	clock   clock
	api     atomic.Pointer[string] // version of the engine's API, nil before its first answer
}

// Options say which engine.
type Options struct {
	Host     string        // unix:///path or tcp://host:port; "" is DefaultHost
	CertPath string        // directory of ca.pem, cert.pem and key.pem; "" is no TLS
	Answer   time.Duration // how long an answer may take to begin; 0: 10 s
}

// FromEnvironment is what DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH say.
func FromEnvironment(lookup func(string) (string, bool)) Options {
	var o Options
	o.Host, _ = lookup("DOCKER_HOST")
	if verify, _ := lookup("DOCKER_TLS_VERIFY"); verify != "" {
		if o.CertPath, _ = lookup("DOCKER_CERT_PATH"); o.CertPath == "" {
			if home, ok := lookup("HOME"); ok {
				o.CertPath = filepath.Join(home, ".docker")
			}
		}
	}
	return o
}

// HostError is an address that is none of an engine.
type HostError struct{ Host, Text string }

func (e *HostError) Error() string { return fmt.Sprintf("docker engine %q: %s", e.Host, e.Text) }

// Hint is the next step.
func (e *HostError) Hint() string {
	return "DOCKER_HOST is unix:///path/of.sock or tcp://host:port; unset it for " + DefaultHost
}

// New checks the options; it does not connect.
func New(o Options) (*Engine, error) {
	if o.Host == "" {
		o.Host = DefaultHost
	}
	if o.Answer == 0 {
		o.Answer = 10 * time.Second
	}
	e := &Engine{host: o.Host, answer: o.Answer, clock: clock{began: time.Now()}}
	u, err := url.Parse(o.Host)
	switch {
	case err != nil:
		return nil, &HostError{o.Host, "not an address"}
	case u.Scheme == "unix" && u.Host == "" && u.Path != "":
		e.network, e.address = "unix", u.Path
	case u.Scheme == "tcp" && u.Port() != "":
		e.network, e.address = "tcp", u.Host
	case u.Scheme == "tcp":
		return nil, &HostError{o.Host, "no port"}
	default:
		return nil, &HostError{o.Host, "neither unix:// nor tcp://"}
	}
	if o.CertPath != "" && e.network == "tcp" {
		if e.tls, err = certificates(o.CertPath, u.Hostname()); err != nil {
			return nil, fmt.Errorf("docker engine %q: %w", o.Host, err)
		}
	}
	return e, nil
}

// certificates are those of a directory as docker keeps them.
func certificates(dir, host string) (*tls.Config, error) {
	ca, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s holds no certificate", filepath.Join(dir, "ca.pem"))
	}
	own, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	if err != nil {
		return nil, err
	}
	return &tls.Config{ServerName: host, RootCAs: pool, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}, nil
}

// Host is the engine's address.
func (e *Engine) Host() string { return e.host }

// Remote says that the engine is asked over the network, at another machine.
func (e *Engine) Remote() bool {
	host := e.Hostname()
	a, err := netip.ParseAddr(host)
	return host != "localhost" && (err != nil || !a.IsLoopback())
}

// Hostname is the machine that an engine's ports are published on, as it can be named from
// here: that of its address, or 127.0.0.1 for a socket.
func (e *Engine) Hostname() string {
	if e.network == "unix" {
		return "127.0.0.1"
	}
	host, _, _ := net.SplitHostPort(e.address)
	return host
}

// API is the version of the engine's API, as its last answer told it: 1 and 41
// for Docker 20.10. Zeros are not known.
func (e *Engine) API() (major, minor int) {
	v := e.api.Load()
	if v == nil {
		return 0, 0
	}
	if n, err := fmt.Sscanf(*v, "%d.%d", &major, &minor); n < 2 || err != nil {
		return 0, 0
	}
	return major, minor
}

// dial opens a connection; it ends with ctx.
func (e *Engine) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: e.answer}
	c, err := d.DialContext(ctx, e.network, e.address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, e.unreachable(err)
	}
	if e.tls == nil {
		return c, nil
	}
	secured := tls.Client(c, e.tls)
	within, cancel := context.WithTimeout(ctx, e.answer)
	defer cancel()
	if err := secured.HandshakeContext(within); err != nil {
		_ = c.Close()
		return nil, e.unreachable(err)
	}
	return secured, nil
}

// trimName is a container's name without the slash that the engine puts before it.
func trimName(name string) string { return strings.TrimPrefix(name, "/") }
