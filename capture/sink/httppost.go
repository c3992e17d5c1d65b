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
)

// poster sends bodies to one address, one request at a time over a connection that is kept.
type poster struct {
	opts      HTTPOptions
	shown     string // the address in errors
	transport *http.Transport
}

// newPoster fails when a file of the options cannot be read. The address has been checked.
func newPoster(o HTTPOptions) (*poster, error) {
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
	p := &poster{opts: o, shown: withoutSecrets(o.URL)}
	if _, err := p.headers(); err != nil {
		return nil, err
	}
	p.transport = &http.Transport{
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
	return p, nil
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

// send posts packed with the headers of the files and those that set adds, and returns what judge makes of the answer.
func (p *poster) send(ctx context.Context, packed []byte, set func(http.Header), judge func(*http.Response, time.Time) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.Timeout, fmt.Errorf("no answer within %v", p.opts.Timeout))
	defer cancel()
	var sent upload
	defer sent.wait()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.opts.URL, sent.reader(packed))
	if err != nil {
		return err
	}
	req.ContentLength = int64(len(packed))
	req.GetBody = func() (io.ReadCloser, error) { return sent.reader(packed), nil }
	if req.Header, err = p.headers(); err != nil {
		_ = req.Body.Close()
		return err
	}
	req.Header.Set("User-Agent", p.opts.UserAgent)
	set(req.Header)
	// Not through http.Client: it would follow redirects, and takes readers of the body that it never closes.
	resp, err := p.transport.RoundTrip(req)
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
	return judge(resp, p.opts.Now())
}

// Close ends the kept connection.
func (p *poster) Close() error {
	p.transport.CloseIdleConnections()
	return nil
}
