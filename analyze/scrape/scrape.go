package scrape

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/recording"
)

// Scrape asks the target once. It never fails silently: either Err is empty
// and the answer is of the kind that was asked for, or Err and Failure say why not.
//
// The body of Memory is the part that begins with "# runtime.MemStats"; all
// others are whole, as sent. A dump or trace that was cut is kept, with Truncated.
func (c *Client) Scrape(ctx context.Context, kind recording.Kind) Result {
	if known := c.knownAbsent(kind); known != nil {
		return failed(kind, time.Now(), 0, known)
	}
	limit := c.opts.Timeout
	if kind == recording.Trace {
		limit += time.Duration(c.opts.TraceSeconds) * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	start := time.Now()
	a, failure := c.fetch(ctx, kind, c.keeper(kind))
	if failure != nil {
		c.remember(kind, failure)
		return failed(kind, start, time.Since(start), failure)
	}
	res := Result{Scrape: recording.Scrape{Kind: kind, Time: a.at, Took: a.took, Body: a.body, Truncated: a.cut != nil}}
	if failure := c.understand(&res, a.cut); failure != nil {
		c.remember(kind, failure)
		return failed(kind, a.at, a.took, failure)
	}
	return res
}

func failed(kind recording.Kind, at time.Time, took time.Duration, e *Error) Result {
	return Result{Scrape: recording.Scrape{Kind: kind, Time: at, Took: took, Err: e.Error()}, Failure: e}
}

// keeper is how a kind's body is read.
func (c *Client) keeper(kind recording.Kind) func(io.Reader) ([]byte, error) {
	switch kind {
	case recording.Memory:
		return memStats(c.opts.MaxBytes)
	case recording.Metrics:
		return upTo(metricsMax)
	case recording.Trace:
		return upTo(traceMax)
	default:
		return upTo(c.opts.MaxBytes)
	}
}

// understand fills in what the body says, or tells that it is something else.
func (c *Client) understand(res *Result, cut error) *Error {
	path, _ := c.path(res.Kind)
	what := c.addr.url(path)
	// A cut dump or trace holds whole goroutines and events before the cut; of
	// a cut anything else nothing can be trusted.
	if cut != nil && res.Kind != recording.Stacks && res.Kind != recording.Trace {
		return cutOff(what, len(res.Body), cut)
	}
	switch res.Kind {
	case recording.Goroutine, recording.Stacks, recording.Leak:
		return c.readProfile(res, what)
	case recording.Trace:
		return readTrace(res, what)
	case recording.Metrics:
		if !looksLikeMetrics(res.Body) {
			return optional(res.Kind, fail("", "get %s: it is not Prometheus text", what))
		}
	}
	return nil
}

func cutOff(what string, n int, cut error) *Error {
	if errors.Is(cut, errNoMemStats) {
		return optional(recording.Memory, fail("", "get %s: %w", what, cut))
	}
	if errors.Is(cut, errTooLong) {
		return fail(hintTooLong, "get %s: %w (%d MiB)", what, cut, n>>20)
	}
	return fail(hintCut, "get %s: the answer broke off after %d bytes: %w", what, n, cut)
}

func (c *Client) readProfile(res *Result, what string) *Error {
	snap, err := goroutine.Read(bytes.NewReader(res.Body), goroutine.Options{MaxBytes: c.opts.MaxBytes})
	if err != nil {
		return notAProfile(what, err)
	}
	if wrong := wrongProfile(res.Kind, snap); wrong != "" {
		return fail("the address must be that of net/http/pprof itself", "get %s: %s", what, wrong)
	}
	res.Snapshot, res.Total = snap, snap.Total
	res.Truncated = res.Truncated || snap.Truncated
	for _, w := range snap.Warnings {
		res.Warnings = append(res.Warnings, warning(w))
	}
	c.compareTotals(res)
	return nil
}

func warning(w goroutine.Warning) string {
	if w.Line == 0 {
		return oneLine(w.Text)
	}
	return oneLine(fmt.Sprintf("line %d: %s", w.Line, w.Text))
}

// wrongProfile says what came instead of the profile that was asked for; "" when it is right.
func wrongProfile(kind recording.Kind, snap *goroutine.Snapshot) string {
	switch {
	case kind == recording.Leak && snap.Profile != string(recording.Leak):
		return "it is a goroutine profile and not a goroutineleak profile"
	case kind != recording.Leak && snap.Profile == string(recording.Leak):
		return "it is a goroutineleak profile and not a goroutine profile"
	case kind == recording.Stacks && snap.Form != goroutine.Debug2: // what was read from memory does not come over HTTP
		return fmt.Sprintf("it is a profile of the form %q and not a debug=2 dump", snap.Form)
	case kind != recording.Leak && snap.Total == 0:
		return "it lists no goroutine, and a process has at least one"
	}
	return ""
}

// compareTotals finds dumps that end early without a sign in the text: by the
// size at which net/http/pprof cuts, and against the newest proto's total.
func (c *Client) compareTotals(res *Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch res.Kind {
	case recording.Goroutine:
		c.total = res.Total
	case recording.Stacks:
		res.Truncated = res.Truncated || len(res.Body) >= dumpCut
		if res.Total < c.total-c.total/10-10 {
			res.Warnings = append(res.Warnings,
				fmt.Sprintf("the dump holds %d goroutines where the profile before it counted %d", res.Total, c.total))
		}
	}
}

func notAProfile(what string, err error) *Error {
	e := fail("", "get %s: %w", what, err)
	var format *goroutine.FormatError
	if errors.As(err, &format) {
		switch e.hint = format.Hint(); format.Problem {
		case goroutine.NotAProfile, goroutine.Empty:
			e.hint = "something else than net/http/pprof answers there; name its path with --path, or " + HintEndpoint
		case goroutine.OtherProfile:
			e.hint = "another profile than goroutine is served there; name the path of net/http/pprof with --path"
		case goroutine.Cut:
			e.hint = hintCut
		case goroutine.TooLarge:
			e.hint = hintTooLong
		}
	}
	return e
}

func readTrace(res *Result, what string) *Error {
	tr, err := exectrace.Read(bytes.NewReader(res.Body))
	if err != nil {
		return fail("", "get %s: %w", what, err)
	}
	res.Trace = tr
	res.Truncated = res.Truncated || tr.Truncated
	return nil
}

func (c *Client) knownAbsent(kind recording.Kind) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.absent[kind]
}

func (c *Client) remember(kind recording.Kind, e *Error) {
	if !e.absent {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.absent[kind] = e
}
