package scrape

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"

	"github.com/logcap/logcap/analyze/recording"
)

// unreachable explains why no answer came at all.
func unreachable(what string, addr Address, err error) *Error {
	// url.Error repeats the URL, with credentials if there are any.
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	// Our own, and what Address.Dial says.
	var own interface {
		error
		Hint() string
	}
	if errors.As(err, &own) {
		return fail(own.Hint(), "get %s: %w", what, own)
	}
	// A server that talks first and hangs up gives one of these, by luck.
	for _, words := range []string{"readLoopPeekFailLocked", "server closed idle connection", "transport connection broken"} {
		if strings.Contains(err.Error(), words) {
			err = io.ErrUnexpectedEOF
			break
		}
	}
	why, hint := diagnose(addr, err)
	if why == "" {
		return fail(hint, "get %s: %w", what, err)
	}
	return fail(hint, "get %s: %s: %w", what, why, err)
}

// diagnose puts a transport's error into the user's words; "" where it speaks for itself.
func diagnose(addr Address, err error) (why, hint string) {
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted", ""
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return "no answer in time", "the target may be stopped, overloaded or behind a firewall; --timeout gives it longer"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there", "start the target, check the port, or give it an endpoint: " + HintEndpoint
	case isClosed(err) && addr.Scheme == "https":
		// A server of TLS 1.3 refuses a client after the client's handshake is
		// done, and closes at once: its alert is lost as often as it is read.
		return "the connection was closed before an answer", "the target may want a client certificate: --cert and --key"
	case isClosed(err):
		return "the connection was closed before an answer", "is this the port of pprof? An HTTPS server is watched at https://" + addr.Host
	case errors.As(err, &dns):
		return "the host name is not known", "check the spelling of " + dns.Name
	case addr.Scheme == "unix" && errors.Is(err, fs.ErrNotExist):
		return "there is no such socket", "check the path; the target makes the socket when it starts"
	case errors.Is(err, fs.ErrPermission):
		return "", "run logcap as a user who may open it"
	case strings.Contains(err.Error(), "malformed HTTP"):
		return "what listens there does not speak HTTP", "is this the port of pprof? " + HintEndpoint
	}
	return diagnoseTLS(addr, err)
}

func diagnoseTLS(addr Address, err error) (why, hint string) {
	var (
		record    tls.RecordHeaderError
		alert     tls.AlertError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
	)
	switch {
	case errors.As(err, &record), strings.Contains(err.Error(), "HTTP response to HTTPS client"):
		return "it does not speak TLS", "watch it at http://" + addr.Host
	case errors.As(err, &authority):
		return "its certificate is signed by nobody known", hintTLS
	case errors.As(err, &name):
		return "its certificate is for another name", "name the target as its certificate does"
	case errors.As(err, &invalid):
		return "its certificate is not valid", "renew it; " + hintTLS
	case errors.As(err, &alert), strings.Contains(err.Error(), "remote error: tls"):
		return "it refuses the TLS handshake", "it may want a client certificate: --cert and --key"
	}
	return "", ""
}

func isClosed(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// refused explains an answer that is not 200.
func (c *Client) refused(what string, kind recording.Kind, a *answer) *Error {
	said := firstLine(a.body)
	switch a.status {
	case http.StatusUnauthorized:
		return optional(kind, fail(hintAuth, "get %s: the target wants credentials (401)", what))
	case http.StatusForbidden:
		return optional(kind, fail(hintAuth, "get %s: the target refuses access (403)", what))
	case http.StatusNotFound:
		return notFound(what, kind)
	case http.StatusBadRequest:
		if strings.Contains(said, "HTTPS server") {
			return fail("watch it at https://"+c.addr.Host, "get %s: it speaks HTTPS, not HTTP (400)", what)
		}
	case http.StatusInternalServerError:
		if kind == recording.Trace && strings.Contains(strings.ToLower(said), "could not enable tracing") {
			e := fail("", "get %s: somebody else is tracing the target (500)", what)
			e.busy = true
			return e
		}
	}
	e := fail("", "get %s: it answers %d %s: %s", what, a.status, http.StatusText(a.status), said)
	if a.status >= 500 || a.status == http.StatusTooManyRequests {
		return e // trouble that may pass
	}
	return optional(kind, e)
}

func notFound(what string, kind recording.Kind) *Error {
	switch kind {
	case recording.Goroutine, recording.Stacks:
		return fail("if the profiles are elsewhere, name the path with --path; otherwise "+HintEndpoint,
			"get %s: there is no pprof endpoint (404)", what)
	case recording.Leak:
		return optional(kind, fail("targets built with Go 1.27 have it; with Go 1.26, build with GOEXPERIMENT=goroutineleakprofile",
			"get %s: the target has no goroutineleak profile (404)", what))
	default:
		return optional(kind, fail("", "get %s: the target does not offer it (404)", what))
	}
}

// optional marks the refusal of something a watch can do without as final.
func optional(kind recording.Kind, e *Error) *Error {
	e.absent = kind != recording.Goroutine && kind != recording.Stacks
	return e
}

// transferred undoes a Content-Encoding that was not asked for.
func transferred(resp *http.Response) (io.Reader, error) {
	switch enc := strings.ToLower(resp.Header.Get("Content-Encoding")); enc {
	case "", "identity":
		return resp.Body, nil
	case "gzip":
		return gzip.NewReader(resp.Body)
	default:
		return nil, fmt.Errorf("it answers in content encoding %q, which was not asked for", enc)
	}
}

func firstLine(body []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	if line == "" {
		return "without a word"
	}
	return oneLine(line)
}
