package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/admin"
)

// placed is an error with a next step, as a configuration's mistakes are.
type placed struct{ text, hint string }

func (e *placed) Error() string { return e.text }
func (e *placed) Hint() string  { return e.hint }

// guarded is an endpoint that counts how often it was made to reload.
type guarded struct {
	t      *testing.T
	client *http.Client
	done   int
	answer error
}

func guard(t *testing.T, address, tokenFile string, reloads bool) *guarded {
	t.Helper()
	g := &guarded{t: t}
	opt := options(full)
	opt.TokenFile = tokenFile
	if reloads {
		opt.Config = func() string { return "drain_timeout: 10s # default\n" }
		opt.Reload = func(context.Context) (string, error) {
			g.done++
			return "in force: sink far changed", g.answer
		}
	}
	s, err := admin.New(address, opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	at := s.Address()
	g.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if path, ok := strings.CutPrefix(at, "unix:"); ok {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", at)
	}}}
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return g
}

// endless is a body of a length that is told nobody, so that it is sent in chunks.
type endless struct{ left int }

func (e *endless) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	e.left -= n
	return n, nil
}

func (g *guarded) ask(method, path string, body io.Reader, header ...string) (code int, text string) {
	g.t.Helper()
	r, err := http.NewRequestWithContext(g.t.Context(), method, "http://x"+path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	if code = resp.StatusCode; code == http.StatusUnauthorized && !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Bearer ") {
		g.t.Error("401 does not say what is asked for")
	}
	return code, string(b)
}

// failed asks for what is refused: with that code, those words, a next step, and nothing done.
func (g *guarded) failed(want int, words, method, path string, body io.Reader, header ...string) {
	g.t.Helper()
	before := g.done
	code, text := g.ask(method, path, body, header...)
	var f struct{ Error, Hint string }
	if err := json.Unmarshal([]byte(text), &f); err != nil || code != want || !strings.Contains(f.Error, words) || strings.Contains(f.Error, "\n") || g.done != before {
		g.t.Errorf("%s %s %v: %d %s; %v; want %d and %q; %d reloads", method, path, header, code, text, err, want, words, g.done-before)
	}
	if f.Hint == "" && want != http.StatusRequestEntityTooLarge {
		g.t.Errorf("no hint: %s", text)
	}
}

func (g *guarded) reloads(body io.Reader, header ...string) {
	g.t.Helper()
	before := g.done
	code, text := g.ask("POST", "/reload", body, header...)
	var r admin.Reloaded
	if err := json.Unmarshal([]byte(text), &r); err != nil || code != 200 || r != (admin.Reloaded{Reloaded: true, Said: "in force: sink far changed"}) || g.done != before+1 {
		g.t.Errorf("%d %s; %v", code, text, err)
	}
}

// Over TCP nobody reloads who does not know the token, and without a token nobody at all.
func TestReloadOverTCP(t *testing.T) {
	g := guard(t, ":0", "", true)
	g.failed(403, "POST /reload is not answered over TCP without a token", "POST", "/reload", nil)
	g.failed(403, "without a token", "POST", "/reload", nil, "Authorization", "Bearer anything")

	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g = guard(t, ":0", file, true)
	for _, header := range [][]string{
		nil, {"Authorization", "Bearer open"}, {"Authorization", "Bearer "}, {"Authorization", "open sesame"}, {"Authorization", "Basic b3BlbiBzZXNhbWU="},
	} {
		g.failed(401, "the token is missing or wrong", "POST", "/reload", nil, header...)
	}
	right := []string{"Authorization", "Bearer open sesame"}
	g.reloads(nil, right...)
	g.reloads(strings.NewReader("{}"), right...)
	g.failed(413, "has a body", "POST", "/reload", strings.NewReader(strings.Repeat("x", 5<<10)), right...)
	g.failed(413, "has a body", "POST", "/reload", &endless{left: 5 << 10}, right...)
	g.failed(413, "has a body", "POST", "/reload", &endless{left: 64 << 20}, right...)
	g.reloads(&endless{left: 4 << 10}, right...)
	g.failed(403, "a page of another origin", "POST", "/reload", nil, append(right, "Origin", "https://elsewhere.example")...)
	g.failed(403, "a page of another origin", "POST", "/reload", nil, append(right, "Sec-Fetch-Site", "cross-site")...)
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		if code, _ := g.ask(method, "/reload", nil, right...); code != 405 {
			t.Errorf("%s /reload: %d", method, code)
		}
	}
	if err := os.WriteFile(file, []byte("another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.failed(401, "the token is missing or wrong", "POST", "/reload", nil, right...)
	g.reloads(nil, "Authorization", "Bearer another")
	for _, none := range []string{"", " \n", strings.Repeat("x", 5<<10)} {
		if err := os.WriteFile(file, []byte(none), 0o600); err != nil {
			t.Fatal(err)
		}
		g.failed(500, "holds none", "POST", "/reload", nil, "Authorization", "Bearer "+strings.TrimSpace(none))
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	g.failed(500, "read the token: open "+file+": no such file", "POST", "/reload", nil, right...)
}

// Who can open the unix socket may reload without a token, unless one is asked for.
func TestReloadOverUnixSocket(t *testing.T) {
	dir := t.TempDir()
	g := guard(t, "unix:"+filepath.Join(dir, "a.sock"), "", true)
	g.reloads(nil)
	g.failed(403, "a page of another origin", "POST", "/reload", nil, "Origin", "https://elsewhere.example")
	g.failed(413, "has a body", "POST", "/reload", &endless{left: 1 << 20})
	for want, err := range map[int]error{
		422: &placed{"a.yaml:3:5: there is no key", "the configuration of before stays in force"},
		503: &placed{"", "wait"},
		500: &placed{"", "look"},
	} {
		switch want {
		case 503:
			err = fmt.Errorf("%w%w", capture.ErrEnding, err)
		case 500:
			err = fmt.Errorf("%w: %w", capture.ErrPartly, err)
		}
		g.answer = err
		code, text := g.ask("POST", "/reload", nil)
		var f struct{ Error, Hint string }
		if e := json.Unmarshal([]byte(text), &f); e != nil || code != want || f.Error != err.Error() || f.Hint == "" {
			t.Errorf("%v: %d %s", err, code, text)
		}
	}
	if code, text := g.ask("GET", "/config", nil); code != 200 || text != "drain_timeout: 10s # default\n" {
		t.Errorf("%d %s", code, text)
	}

	file := filepath.Join(dir, "token")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	g = guard(t, "unix:"+filepath.Join(dir, "b.sock"), file, true)
	g.failed(401, "the token", "POST", "/reload", nil)
	g.reloads(nil, "Authorization", "Bearer x")

	g = guard(t, "unix:"+filepath.Join(dir, "c.sock"), "", false)
	g.failed(404, "without a configuration", "POST", "/reload", nil)
	g.failed(404, "without a configuration", "GET", "/config", nil)
}

// A body that does not come holds a request up for a moment, and the end of the collector not at all.
func TestBodyThatDoesNotCome(t *testing.T) {
	s, err := admin.New(":0", options(full))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	c, err := net.Dial("tcp", s.Address())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "POST /reload HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c) // it refuses without the rest, and ends the connection
	if err != nil && !errors.Is(err, net.ErrClosed) {
		t.Log(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 403 ") {
		t.Errorf("answered %q", answer)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
