package sink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/logcap/logcap/capture/record"
)

// bodyBytes is what a request holds, in bytes of messages. Half of it costs
// zstd 3 % more time and a quarter 10 %; twice as much gains 1 % and costs memory.
const bodyBytes = 1 << 20

// HTTP posts records as JSON lines, one request at a time over a connection that is kept.
//
// Every 2xx answer acknowledges the whole body. Redirects are not followed: a
// body sent to another host than the one in the configuration would be a
// surprise, and one sent to a moved path would cost each batch twice.
type HTTP struct {
	opts      HTTPOptions
	shown     string // the address in errors
	transport *http.Transport
	body      *body
}

// NewHTTP makes the sink; nothing is connected before the first Write. An
// error tells of a file that cannot be read or of an address that ParseHTTP would refuse.
func NewHTTP(o HTTPOptions) (*HTTP, error) {
	if _, err := ParseHTTP(o.URL); err != nil {
		return nil, err
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "logcap"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	trust, err := authorities(o.CAFile)
	if err != nil {
		return nil, err
	}
	h := &HTTP{opts: o, shown: withoutSecrets(o.URL)}
	if _, err := h.headers(); err != nil {
		return nil, err
	}
	if h.body, err = newBody(o.Compress); err != nil {
		return nil, err
	}
	h.transport = &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: trust},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxIdleConns:           1,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true, // of answers
		WriteBufferSize:        64 << 10,
		MaxResponseHeaderBytes: 64 << 10,
	}
	return h, nil
}

// authorities are the certificates in a file; nil, which means the system's, without one.
func authorities(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read ca-file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read ca-file %s: no certificate in it", path)
	}
	return pool, nil
}

// Write posts the batches in one request.
func (h *HTTP) Write(ctx context.Context, batches []*record.Batch) error {
	packed, key, err := h.body.pack(batches)
	if err != nil || len(packed) == 0 {
		return err
	}
	return during("post to "+h.shown, h.post(ctx, packed, key))
}

func (h *HTTP) post(ctx context.Context, packed []byte, key string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, h.opts.Timeout, fmt.Errorf("no answer within %v", h.opts.Timeout))
	defer cancel()
	var sent upload
	defer sent.wait()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.opts.URL, sent.reader(packed))
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(packed))
	req.GetBody = func() (io.ReadCloser, error) { return sent.reader(packed), nil }
	if req.Header, err = h.headers(); err != nil {
		_ = req.Body.Close()
		return err
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("User-Agent", h.opts.UserAgent)
	// The name also lets net/http send again at once over a new connection when a kept one was closed under it.
	req.Header.Set("Idempotency-Key", key)
	if e := h.body.encoding; e != "" {
		req.Header.Set("Content-Encoding", e)
	}
	// Not through http.Client: it would follow redirects, and takes readers of the body that it never closes.
	resp, err := h.transport.RoundTrip(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		var unknown x509.UnknownAuthorityError
		if errors.As(err, &unknown) {
			err = &answerError{err, "give the certificate of the server's authority with #ca-file=PATH"}
		}
		return &Unavailable{Err: err}
	}
	defer resp.Body.Close()
	return judge(resp, h.opts.Now())
}

// Replaced is how many records had bytes that are not UTF-8, which became U+FFFD; from any goroutine.
func (h *HTTP) Replaced() uint64 { return h.body.encoder.Replaced() }

// Limits are 1 MiB of messages, waited for up to a second.
func (h *HTTP) Limits() Limits { return Limits{Bytes: bodyBytes, Linger: time.Second} }

// Close ends the kept connection.
func (h *HTTP) Close() error {
	h.transport.CloseIdleConnections()
	return nil
}
