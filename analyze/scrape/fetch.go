package scrape

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/logcap/logcap/analyze/recording"
)

// answer is what came back for one request.
type answer struct {
	status int
	header http.Header
	body   []byte
	// at is when the first byte arrived, took the time from the request's last
	// byte to the answer's, less one round trip: what the target needed.
	at   time.Time
	took time.Duration
	// cut says why the body ends early; nil when it is whole.
	cut error
}

// errTooLong is a body of more bytes than may be.
var errTooLong = errors.New("the answer is longer than allowed")

// fetch asks for one path. The keep function reads the body; it may stop early
// with an error, and what it had read stands.
func (c *Client) fetch(ctx context.Context, kind recording.Kind, keep func(io.Reader) ([]byte, error)) (*answer, *Error) {
	path, query := c.path(kind)
	host := c.addr.Host
	scheme := c.addr.Scheme
	if scheme == "unix" {
		scheme, host = "http", "localhost"
	}
	what := c.addr.url(path)
	if query != "" {
		what += "?" + query
	}
	clock := &stopwatch{}
	ctx = httptrace.WithClientTrace(ctx, clock.trace())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+path, nil)
	if err != nil {
		return nil, fail(hintTargets, "get %s: %w", what, err)
	}
	req.URL.RawQuery = query
	req.Header.Set("User-Agent", "logcap")
	req.Close = kind == recording.Trace
	if err := c.authorise(req); err != nil {
		var e *Error
		errors.As(err, &e)
		return nil, e
	}
	clock.started()
	resp, err := c.http.Do(req)
	if err != nil {
		if said := c.heard.greeting(); said != "" && ctx.Err() == nil {
			return nil, fail("is this the port of pprof? "+HintEndpoint, "get %s: what listens there does not speak HTTP, it says %s", what, said)
		}
		return nil, unreachable(what, c.addr, err)
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	body, err := transferred(resp)
	if err != nil {
		return nil, fail("", "get %s: %w", what, err)
	}
	if resp.StatusCode != http.StatusOK {
		// Only the first words of an error page are of use.
		keep = upTo(4 << 10)
	}
	a.body, a.cut = keep(body)
	a.at, a.took = clock.stop(c.roundTrip(clock))
	if resp.StatusCode != http.StatusOK {
		return a, c.refused(what, kind, a)
	}
	if a.cut != nil && ctx.Err() != nil && kind != recording.Trace && kind != recording.Stacks {
		return a, unreachable(what, c.addr, ctx.Err())
	}
	return a, nil
}

// path is where a kind of answer is found.
func (c *Client) path(kind recording.Kind) (path, query string) {
	switch kind {
	case recording.Stacks:
		return c.addr.Pprof + "/goroutine", "debug=2"
	case recording.Memory:
		return c.addr.Pprof + "/heap", "debug=1"
	case recording.Trace:
		return c.addr.Pprof + "/trace", fmt.Sprintf("seconds=%d", c.opts.TraceSeconds)
	case recording.Metrics:
		return c.addr.Prefix + "/metrics", ""
	default:
		return c.addr.Pprof + "/" + string(kind), ""
	}
}

// roundTrip is what one packet's way there and back takes: the time of the
// first dial, kept.
func (c *Client) roundTrip(clock *stopwatch) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := clock.dialled(); d > 0 && (c.rtt == 0 || d < c.rtt) {
		c.rtt = d
	}
	return c.rtt
}

// upTo keeps at most n bytes of a body; a longer one ends with errTooLong.
func upTo(n int64) func(io.Reader) ([]byte, error) {
	return func(r io.Reader) ([]byte, error) {
		body, err := io.ReadAll(io.LimitReader(r, n+1))
		if int64(len(body)) > n {
			return body[:n], errTooLong
		}
		return body, err
	}
}
