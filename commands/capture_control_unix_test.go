//go:build unix

package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logcap/logcap/capture/sink/sinktest"
	"github.com/logcap/logcap/internal/standin"
)

// control asks the endpoint of a collector, as curl would.
type control struct {
	t       *testing.T
	address string // host:port or unix:PATH
	token   string
}

func (c *control) ask(method, path string, body io.Reader) (code int, text string) {
	c.t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if path, ok := strings.CutPrefix(c.address, "unix:"); ok {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", c.address)
	}}}
	r, err := http.NewRequestWithContext(c.t.Context(), method, "http://x"+path, body)
	if err != nil {
		c.t.Fatal(err)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// reload asks for a reload; the answer has to be that code, with those words.
func (c *control) reload(want int, words string) {
	c.t.Helper()
	code, text := c.ask("POST", "/reload", nil)
	var said struct{ Said, Error, Hint string }
	if err := json.Unmarshal([]byte(text), &said); err != nil || code != want || !strings.Contains(said.Said+said.Error+"; "+said.Hint, words) {
		c.t.Errorf("%d %s, want %d %q; %v", code, text, want, words, err)
	}
}

// located waits until a collector says where it can be asked.
func (r *reloading) located(state string) string {
	r.t.Helper()
	var address string
	eventually(r.t, "the address of the endpoint", func() bool {
		b, err := os.ReadFile(filepath.Join(r.dir, state, adminAddress))
		address = strings.TrimSpace(string(b))
		return err == nil && address != ""
	})
	return address
}

// The endpoint of a collector with a configuration: what is in force without its secrets; a reload that is
// wrong changes nothing and says where; sinks are put right, and those that are removed are no problem any more.
func TestCaptureReloadsByRequest(t *testing.T) {
	dir := t.TempDir()
	var taken sinktest.LokiServer
	loki := httptest.NewServer(&taken)
	defer loki.Close()
	r := &reloading{&running{t: t}, dir, filepath.Join(dir, "logcap.yaml")}
	const head = "state: {dir: DIR/state}\nsources:\n  log: {type: file, paths: DIR/a.log, from_start: true}\nsinks:\n  live: {type: file, path: DIR/live.jsonl}\n"
	far := func(url string) string {
		return fmt.Sprintf("  far: {type: loki, url: %q, queue: {in: disk, sync: always}, retry: {first: 50ms, most: 100ms}}\n", url)
	}
	r.put(head + far("http://127.0.0.1:1/push?key=hush"))
	write(t, filepath.Join(dir, "a.log"), "one\ntwo\nthree\n")
	r.running = startLogcap(t, nil, "capture", "-c", r.file, "--drain-timeout", "2s")
	c := &control{t: t, address: r.located("state")}
	r.says("connection refused")
	path, _ := strings.CutPrefix(c.address, "unix:")
	if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket: %v, %v", info, err)
	}
	code, text := c.ask("GET", "/config", nil)
	if code != 200 || strings.Contains(text, "hush") || !strings.Contains(text, "http://127.0.0.1:1/push?***") || !strings.Contains(text, "drain_timeout: 2s") {
		t.Errorf("%d %s", code, text)
	}
	if code, text := c.ask("GET", "/health", nil); code != 503 || strings.Contains(text, "hush") {
		t.Errorf("%d %s", code, text)
	}
	if strings.Contains(r.err.String(), "hush") {
		t.Errorf("a secret is told: %s", r.err.String())
	}
	c.reload(200, "nothing has changed")
	r.put(head + "  far: {type: lokki}\n")
	c.reload(422, `logcap.yaml:6:15: sinks.far.type: there is no "lokki"; did you mean loki?; the configuration of before stays in force`)
	if code, text := c.ask("GET", "/health", nil); code != 503 || !strings.Contains(text, "lokki") {
		t.Errorf("%d %s", code, text)
	}
	write(t, filepath.Join(dir, "state", queueDir, "blocked"), "a file where a queue has to be")
	r.put(head + far("http://127.0.0.1:1/push?key=hush") + "  blocked: {type: null, queue: {in: disk}}\n")
	c.reload(422, "not a directory; there is a file where the queue's directory has to be")
	if code, text := c.ask("GET", "/config", nil); code != 200 || strings.Contains(text, "blocked") || !strings.Contains(text, "type: loki") {
		t.Errorf("%d %s", code, text)
	}
	r.put(head + strings.Replace(far(loki.URL), "sync: always", "size: 2MiB", 1))
	c.reload(422, "logcap.yaml:6:")
	c.reload(422, "a queue on disk changes with a new start only")

	// A source of which nothing is there is a problem, until it is removed.
	r.put(strings.Replace(head, "sinks:", "  none: {type: file, paths: DIR/none.log}\nsinks:", 1) + far("http://127.0.0.1:1/push?key=hush"))
	c.reload(200, "in force: source none added")
	eventually(t, "nothing there", func() bool { _, text := c.ask("GET", "/health", nil); return strings.Contains(text, "none.log") })

	// The dead sink is removed, and with it its problem; what waited stays, and the one that comes back delivers it.
	r.put(head)
	c.reload(200, "in force: source none removed, sink far removed")
	r.says("the sink far was removed and has not taken all: 3 records stay in its queue")
	eventually(t, "all is well without the dead sink", func() bool { code, _ := c.ask("GET", "/health", nil); return code == 200 })
	r.put(head + far(loki.URL))
	c.reload(200, "in force: sink far added")
	eventually(t, "what waited", func() bool { return len(taken.Entries()) == 3 })
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
}

// Over TCP who reloads has to know the token, which is read from its file each time.
func TestCaptureReloadsWithToken(t *testing.T) {
	dir := t.TempDir()
	r := &reloading{&running{t: t}, dir, filepath.Join(dir, "logcap.yaml")}
	file := filepath.Join(dir, "token")
	write(t, file, "sesame\n")
	r.put("state: {dir: DIR/state}\nadmin: {listen: '127.0.0.1:0', token_file: DIR/token}\nsources: {file: {paths: DIR/a.log}}\nsinks: {null: {}}\n")
	write(t, filepath.Join(dir, "a.log"), "x\n")
	r.running = startLogcap(t, nil, "capture", "-c", r.file)
	c := &control{t: t, address: r.located("state")}
	c.reload(401, "the token is missing or wrong")
	c.token = "abracadabra"
	c.reload(401, "the token is missing or wrong")
	c.token = "sesame"
	eventually(t, "a reload", func() bool { code, _ := c.ask("POST", "/reload", nil); return code == 200 })
	if code, _ := c.ask("GET", "/reload", nil); code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", code)
	}
	if code, _ := c.ask("POST", "/reload", io.LimitReader(zeros{}, 1<<20)); code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body in chunks: %d", code)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	c.reload(500, "read the token: open "+file+": no such file or directory; it is read again for each request")
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// What waits in a queue on disk when a collector with a configuration ends is said, and the next one has it.
func TestCaptureEndsWithQueueOnDisk(t *testing.T) {
	dir := t.TempDir()
	r := &reloading{&running{t: t}, dir, filepath.Join(dir, "logcap.yaml")}
	const head = "state: {dir: DIR/state}\ndrain_timeout: 300ms\nsources: {file: {paths: DIR/a.log, from_start: true}}\nsinks:\n"
	r.put(head + "  far: {type: http, url: 'http://127.0.0.1:1/', queue: {in: disk, sync: always}}\n")
	write(t, filepath.Join(dir, "a.log"), "one\ntwo\nthree\n")
	r.running = startLogcap(t, nil, "capture", "-c", r.file)
	r.says("connection refused")
	if code, _ := r.end(); code != 0 || !strings.Contains(r.err.String(), "3 records wait for far in its queue; the next run with --state") {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
	r.put(head + "  far: {type: file, path: DIR/out.jsonl, queue: {in: disk}}\n")
	r.running = startLogcap(t, nil, "capture", "-c", r.file, "--no-follow")
	eventually(t, "what waited", func() bool { return contains(filepath.Join(dir, "out.jsonl"), `"message":"three"`) })
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, r.err.String())
	}
	if b, err := os.ReadFile(filepath.Join(dir, "out.jsonl")); err != nil || strings.Count(string(b), "\n") != 3 {
		t.Errorf("%v\n%s", err, b)
	}
}

// The configuration for all containers of a machine does what it says: what they write is in Loki, a trace as one entry.
func TestAllContainersToLoki(t *testing.T) {
	dir := t.TempDir()
	e, err := standin.New(standin.Options{Path: filepath.Join(dir, "docker.sock")})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, name := range []string{"shop-api-1", "shop-db-1"} {
		c := e.Create(standin.Spec{Name: name})
		c.Start()
		c.Write(1, []byte("hello from "+name+"\npanic: no disk\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:7 +0x1d\nexit status 2\n"))
	}
	var taken sinktest.LokiServer
	loki := httptest.NewServer(&taken)
	defer loki.Close()
	env := func(cmd *exec.Cmd) {
		cmd.Env = append(os.Environ(), "DOCKER_HOST="+e.Host(), "STATE_DIRECTORY="+filepath.Join(dir, "state"), "LOKI_URL="+loki.URL)
	}
	r := startLogcap(t, env, "capture", "-c", "../docs/all-containers.yaml", "--from-start")
	eventually(t, "the lines of both", func() bool { return len(taken.Entries()) >= 4 })
	if code, _ := r.end(); code != 0 {
		t.Errorf("exit code %d\n%s", code, r.err.String())
	}
	if queues, err := queueDirs(filepath.Join(dir, "state")); err != nil || len(queues) != 1 || filepath.Base(queues[0]) != "loki" {
		t.Errorf("queues %v, %v", queues, err)
	}
	var text strings.Builder
	for _, one := range taken.Entries() {
		fmt.Fprintf(&text, "%v\n", one)
	}
	for _, want := range []string{"hello from shop-api-1", "hello from shop-db-1", "main.main()\n\t/app/main.go:7 +0x1d\nexit status 2"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("there is no %q in\n%s", want, text.String())
		}
	}
	if n := len(taken.Entries()); n != 4 {
		t.Errorf("%d entries\n%s", n, text.String())
	}
}
