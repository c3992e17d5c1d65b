package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/admin"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/tap"
)

// tapped is a Server with a hub, and how it is asked.
type tapped struct {
	hub    *tap.Hub
	client *http.Client
	stop   func() time.Duration // ends it; how long that took
}

func newTapped(t *testing.T, address, tokenFile string) *tapped {
	t.Helper()
	opt := options(full)
	opt.Tap, opt.TokenFile = &tap.Hub{}, tokenFile
	s, err := admin.New(address, opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	network, at := "tcp", s.Address()
	if path, ok := strings.CutPrefix(at, "unix:"); ok {
		network, at = "unix", path
	}
	stopped := false
	d := &tapped{hub: opt.Tap, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, at)
	}}}}
	d.stop = func() time.Duration {
		began := time.Now()
		if cancel(); !stopped {
			stopped = true
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		return time.Since(began)
	}
	t.Cleanup(func() { d.stop() })
	return d
}

// ask begins a tap; the answer's body ends with the test.
func (d *tapped) ask(t *testing.T, query, token string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/tap"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func passing(source, name string, messages ...string) (string, *record.Batch) {
	b := &record.Batch{Origin: &record.Origin{Source: "file", Name: name}}
	for _, m := range messages {
		b.Append(record.Record{Time: 1}, []byte(m))
	}
	return source, b
}

func onSocket(t *testing.T) *tapped {
	return newTapped(t, "unix:"+filepath.Join(t.TempDir(), "a.sock"), "")
}

// Records come while the answer goes on, and the answer is whole when the collector ends.
func TestTap(t *testing.T) {
	d := onSocket(t)
	resp := d.ask(t, "?source=file&name=*.log&grep=%5Eb", "")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != admin.TapType {
		t.Fatalf("%s %s", resp.Status, resp.Header)
	}
	lines := bufio.NewReader(resp.Body)
	for i, want := range []string{"b1", "b2"} {
		d.hub.Pass(passing("file", "/x/a.log", "a", want, "c"))
		d.hub.Pass(passing("stdin", "/x/a.log", "b other source"))
		d.hub.Pass(passing("file", "/x/a.txt", "b other name"))
		line, err := lines.ReadString('\n')
		if want := `{"time":"1970-01-01T00:00:00.000000001Z","source":"file","name":"/x/a.log","message":"` + want + `"}` + "\n"; err != nil || line != want {
			t.Errorf("%d: %q, %v; want %q", i, line, err, want)
		}
	}
	d.hub.Pass(passing("file", "a.log", "b3")) // what was not read yet comes at the end
	if took := d.stop(); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	left, err := io.ReadAll(lines)
	if err != nil || !strings.Contains(string(left), `"message":"b3"`) {
		t.Errorf("%q, %v", left, err)
	}
}

// A client that does not read holds up neither what passes nor the end, and is told what it missed.
func TestTapStalled(t *testing.T) {
	d := onSocket(t)
	reads := d.ask(t, "?grep=%5E1$", "")
	stalled := d.ask(t, "", "")
	text := strings.Repeat("x", 100_000)
	const n = 400 // 40 MB: more than sockets and the buffer hold
	for range n {
		d.hub.Pass(passing("file", "a", text))
	}
	d.hub.Pass(passing("file", "a", "1"))
	if line, err := bufio.NewReader(reads.Body).ReadString('\n'); err != nil || !strings.Contains(line, `"1"`) {
		t.Errorf("%q, %v", line, err)
	}
	var shown, missed uint64
	all := bufio.NewScanner(stalled.Body)
	all.Buffer(nil, 1<<20)
	for shown+missed < n+1 && all.Scan() {
		var l struct{ Missed uint64 }
		if err := json.Unmarshal(all.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if missed += l.Missed; l.Missed == 0 {
			shown++
		}
	}
	if shown+missed != n+1 || missed == 0 || shown == 0 {
		t.Errorf("%d shown, %d missed of %d; %v", shown, missed, n+1, all.Err())
	}
	for range n { // nobody reads them
		d.hub.Pass(passing("file", "a", text))
	}
	if took := d.stop(); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
}

// When a client goes its tap ends; so many are open at most.
func TestTapsAtOnce(t *testing.T) {
	d := onSocket(t)
	var open []*http.Response
	for range tap.Most {
		open = append(open, d.ask(t, "", ""))
	}
	refused := d.ask(t, "", "")
	if text, _ := io.ReadAll(refused.Body); refused.StatusCode != 503 || !strings.Contains(string(text), "there are 8 taps already") || !strings.Contains(string(text), `"hint"`) {
		t.Errorf("%s %s", refused.Status, text)
	}
	for _, resp := range open {
		resp.Body.Close()
	}
	deadline := time.Now().Add(10 * time.Second)
	for d.hub.Taps() > 0 {
		if time.Now().After(deadline) {
			t.Fatalf("%d taps are left", d.hub.Taps())
		}
		time.Sleep(time.Millisecond) // the system tells the server that a client has gone
	}
	if again := d.ask(t, "", ""); again.StatusCode != 200 {
		t.Errorf("then: %s", again.Status)
	}
}

func TestTapWrong(t *testing.T) {
	d := onSocket(t)
	for query, want := range map[string]string{
		"?grep=a(b":       `grep: \"a(b\" is no regular expression: missing closing )`,
		"?name=%5Ba":      `name: \"[a\" is no glob`,
		"?source=nothing": `source: there is none that is called \"nothing\"","hint":"sources are file, stdin`,
		"?gerp=x":         `there is no parameter \"gerp\"","hint":"parameters are source, name, grep`,
		"?grep=a&grep=b":  "grep is given more than once",
	} {
		resp := d.ask(t, query, "")
		text, _ := io.ReadAll(resp.Body)
		one := strings.ReplaceAll(strings.ReplaceAll(string(text), "\n  ", ""), `": "`, `":"`)
		if resp.StatusCode != 400 || !strings.Contains(one, want) {
			t.Errorf("%s: %s %s", query, resp.Status, one)
		}
	}
	if d.hub.Taps() > 0 {
		t.Errorf("%d taps are open", d.hub.Taps())
	}
	get, stop := serve(t, ":0", full)
	defer stop()
	if code, text := get("/tap"); code != 403 || !strings.Contains(text, "over TCP without a token") {
		t.Errorf("over TCP: %d %s", code, text)
	}
}

func TestTapGuarded(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{":0", "unix:" + filepath.Join(t.TempDir(), "a.sock")} {
		d := newTapped(t, address, token)
		for sent, want := range map[string]int{"": 401, "wrong": 401, "secret": 200} {
			if resp := d.ask(t, "", sent); resp.StatusCode != want {
				t.Errorf("%s with %q: %s", address, sent, resp.Status)
			}
		}
		d.stop()
	}
}

// What /health says of queues, retries and dead letters adds up.
func TestHealthCounts(t *testing.T) {
	stats := full
	sinks := append(stats.Sinks[:0:0], stats.Sinks...)
	sinks[0].QueuedBytes, sinks[0].QueueBytes, sinks[0].Retries = 2000, 8<<20, 5
	stats.Sinks = sinks
	get, stop := serve(t, ":0", stats)
	defer stop()
	_, text := get("/health")
	var h admin.Health
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	s := h.Sinks[0]
	if s.Records != s.Delivered+s.Dropped["invalid"]+s.DeadLettered["too-large"]+s.Queued {
		t.Errorf("%+v does not add up", s)
	}
	got := fmt.Sprint(s.QueuedBytes, s.QueueBytes, s.Retries, s.BreakerOpen, h.Sources[0].Bytes, h.Started.Unix())
	if want := fmt.Sprint(2000, 8<<20, 5, true, 70, 100); got != want || time.Since(h.Time) > time.Minute {
		t.Errorf("%s, want %s; %s", got, want, text)
	}
}
