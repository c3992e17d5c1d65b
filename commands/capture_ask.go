package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// defaultListen is where a collector is asked when nothing says where it listens.
const defaultListen = "localhost:9600"

// whereAsked is what the help of commands that ask a collector says of its address.
const whereAsked = `URL is where the collector listens: http://host:port, host:port, :port or
unix:PATH. Without one it is asked where --listen says, or else where the
collector with the state directory of --state does, or else at ` + defaultListen + `.`

// askOptions are the flags that say which collector is asked.
type askOptions struct {
	listen, state string
}

func (o *askOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.listen, "listen", "", "where the collector listens, as it was told")
	f.StringVar(&o.state, "state", "", "the collector's state directory, which knows where it listens")
}

// address is where the collector is asked.
func (o *askOptions) address(args []string) (string, error) {
	switch {
	case len(args) > 0 && args[0] == "":
		return "", usagef("", "the URL is empty")
	case len(args) > 0:
		return args[0], nil
	case o.listen != "":
		return o.listen, nil
	case o.state == "":
		return defaultListen, nil
	}
	text, err := os.ReadFile(filepath.Join(o.state, adminAddress))
	if errors.Is(err, fs.ErrNotExist) {
		return "", &noCollector{o.state, errors.New("no collector runs with this state directory")}
	}
	if err != nil {
		return "", fmt.Errorf("find the collector: %w", err)
	}
	address := strings.TrimSpace(string(text))
	if strings.HasPrefix(address, "unix:") { // the collector may have been started in another directory
		address = "unix:" + filepath.Join(o.state, adminSocket)
	}
	return address, nil
}

// mostAnswer bounds what is read of an answer, in bytes: thousands of problems.
const mostAnswer = 4 << 20

// askCollector gets one page of a collector's endpoint.
func askCollector(ctx context.Context, address, page string) (code int, text []byte, err error) {
	resp, err := question{address: address, page: page}.ask(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return resp.StatusCode, text, err
}

// question is what a collector's endpoint is asked.
type question struct {
	address, page string
	query         url.Values
	token         string        // "": none is sent
	patience      time.Duration // how long the beginning of the answer is waited for; 0: as long as ctx
}

// ask asks it. The caller closes the answer's body.
func (q question) ask(ctx context.Context) (*http.Response, error) {
	d := net.Dialer{Timeout: q.patience}
	transport := &http.Transport{DisableKeepAlives: true, ResponseHeaderTimeout: q.patience, DialContext: d.DialContext} // no proxy: it is a neighbour
	address, target := q.address, q.address
	if path, unix := strings.CutPrefix(address, "unix:"); unix {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) }
		target = "http://collector"
	} else if !strings.Contains(address, "://") {
		if strings.HasPrefix(address, ":") {
			address = "localhost" + address
		}
		target = "http://" + address
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usagef("a collector is asked at http://host:port, host:port, :port or unix:PATH", "%q is no address of a collector", address)
	}
	u.Path, u.RawQuery = strings.TrimSuffix(strings.TrimSuffix(u.Path, q.page), "/")+q.page, q.query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if q.token != "" {
		req.Header.Set("Authorization", "Bearer "+q.token)
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return resp, err
}

// unanswered is err, of asking the collector at address and waiting so long, as it is told.
func unanswered(address string, err error, waited time.Duration) error {
	var usage errUsage
	if errors.As(err, &usage) {
		return err
	}
	var slow interface{ Timeout() bool }
	if errors.As(err, &slow) && slow.Timeout() {
		err = fmt.Errorf("no answer within %v", waited)
	}
	return &noCollector{address, err}
}

// stranger is the error of an answer with that status that no collector gives.
func stranger(address string, code int) error {
	return &noCollector{address, fmt.Errorf("what answers (%d) is no collector", code)}
}

// noCollector is an address at which none answers.
type noCollector struct {
	address string
	err     error
}

func (e *noCollector) Error() string {
	return fmt.Sprintf("ask the collector at %s: %v", e.address, e.err)
}
func (e *noCollector) Unwrap() error { return e.err }
func (e *noCollector) Hint() string {
	return "does it run, and with --listen there or with that --state?"
}
