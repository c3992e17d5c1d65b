package commands

import (
	"context"
	"encoding/json"
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

	"github.com/spf13/cobra"

	"github.com/logcap/logcap/capture/admin"
)

// defaultListen is where a collector is asked when nothing says where it listens.
const defaultListen = "localhost:9600"

type captureHealthOptions struct {
	*streams
	listen, state string
	ready         bool
	timeout       time.Duration
}

func newCaptureHealth(s *streams) *cobra.Command {
	opts := &captureHealthOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "health [URL]",
		Short: "ask a running collector whether it is well; exit code 1 when it is not",
		Long: `Ask a running collector whether it is well, and print what is not.

The exit code is 0 when everything is, and 1 when something is not or nobody
answers: for the health check of a container, which needs nothing else in it.

URL is where the collector listens: http://host:port, host:port, :port or
unix:PATH. Without one it is asked where --listen says, or else where the
collector with the state directory of --state does, or else at ` + defaultListen + `.
Both flags are those of the collector, so that LOGCAP_LISTEN or LOGCAP_STATE in
a container's environment serves both.`,
		Example: `  logcap capture health                     # the collector here
  logcap capture health --state /var/lib/logcap
  logcap capture health http://10.0.0.7:9600
  logcap capture health --ready             # has it found everything that was there at its start?`,
		Args: takes(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runCaptureHealth(cmd.Context(), opts, args)
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.listen, "listen", "", "where the collector listens, as it was told")
	f.StringVar(&opts.state, "state", "", "the collector's state directory, which knows where it listens")
	f.BoolVar(&opts.ready, "ready", false, "ask /ready, which is about the start and the end alone")
	f.DurationVar(&opts.timeout, "timeout", 5*time.Second, "how long an answer is waited for")
	return cmd
}

func runCaptureHealth(ctx context.Context, o *captureHealthOptions, args []string) error {
	if o.timeout <= 0 {
		return usagef("", "--timeout is longer than 0, and not %v", o.timeout)
	}
	address, err := o.address(args)
	if err != nil {
		return err
	}
	what := "/health"
	if o.ready {
		what = "/ready"
	}
	ctx, cancel := context.WithTimeout(ctx, o.timeout)
	defer cancel()
	code, text, err := askCollector(ctx, address, what)
	var usage errUsage
	if errors.As(err, &usage) {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v", o.timeout)
	}
	if err != nil {
		return &noCollector{address, err}
	}
	if o.ready {
		return o.tellReady(address, code, text)
	}
	return o.tellHealth(address, code, text)
}

// address is where the collector is asked.
func (o *captureHealthOptions) address(args []string) (string, error) {
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
	var d net.Dialer
	transport := &http.Transport{DisableKeepAlives: true} // no proxy: it is a neighbour
	target := address
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
		return 0, nil, usagef("a collector is asked at http://host:port, host:port, :port or unix:PATH", "%q is no address of a collector", address)
	}
	u.Path, u.RawQuery = strings.TrimSuffix(strings.TrimSuffix(u.Path, page), "/")+page, ""
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return 0, nil, err
	}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return resp.StatusCode, text, err
}

func (o *captureHealthOptions) tellHealth(address string, code int, text []byte) error {
	var h admin.Health
	if err := json.Unmarshal(text, &h); err != nil || h.Status == "" {
		return &noCollector{address, fmt.Errorf("what answers (%d) is no collector", code)}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", printable(h.Status, false))
	for _, p := range h.Problems {
		b.WriteString(printable(p.Subject+": "+p.Text, false))
		if !p.Since.IsZero() {
			fmt.Fprintf(&b, " (since %s)", p.Since.UTC().Format(time.RFC3339))
		}
		fmt.Fprintln(&b)
	}
	if err := o.print(b.String()); err != nil {
		return err
	}
	if code == http.StatusOK && h.Status == "ok" {
		return nil
	}
	return errVerdict{exitFailed, fmt.Sprintf("the collector at %s is %s: %s", address, h.Status, count(len(h.Problems), "problem")), ""}
}

func (o *captureHealthOptions) tellReady(address string, code int, text []byte) error {
	var r admin.Ready
	if err := json.Unmarshal(text, &r); err != nil || !r.Ready && r.Why == "" {
		return &noCollector{address, fmt.Errorf("what answers (%d) is no collector", code)}
	}
	if code == http.StatusOK && r.Ready {
		return o.print("ready\n")
	}
	if err := o.print("not ready: " + printable(r.Why, false) + "\n"); err != nil {
		return err
	}
	return errVerdict{exitFailed, fmt.Sprintf("the collector at %s is not ready: %s", address, r.Why), ""}
}

func (o *captureHealthOptions) print(text string) error {
	_, err := io.WriteString(o.out, text)
	return err
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
