package scrape

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/recording"
)

// target is a real net/http/pprof, in this process.
func target() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, address string, o Options) *Client {
	t.Helper()
	a, err := Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(a, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// TestKinds asks a real Go process for everything.
func TestKinds(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	for range 20 {
		go func() { <-stop }()
	}
	mux := target()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "# HELP go_goroutines x\n# TYPE go_goroutines gauge\ngo_goroutines 12\n")
	})
	c := client(t, serve(t, mux).URL, Options{TraceSeconds: 1})
	for _, kind := range []recording.Kind{recording.Goroutine, recording.Stacks, recording.Memory, recording.Metrics, recording.Trace} {
		t.Run(string(kind), func(t *testing.T) {
			res := c.Scrape(t.Context(), kind)
			if res.Failure != nil {
				t.Fatalf("%v", res.Failure)
			}
			if len(res.Body) == 0 || res.Truncated || res.Time.IsZero() || res.Kind != kind {
				t.Errorf("%d bytes, truncated %v, at %v, kind %s", len(res.Body), res.Truncated, res.Time, res.Kind)
			}
			switch kind {
			case recording.Goroutine, recording.Stacks:
				if res.Snapshot == nil || res.Total < 20 || res.Snapshot.Total != res.Total {
					t.Errorf("total %d, snapshot %+v", res.Total, res.Snapshot)
				}
			case recording.Memory:
				if !bytes.HasPrefix(res.Body, []byte("# runtime.MemStats\n")) || !bytes.Contains(res.Body, []byte("# Stack = ")) {
					t.Errorf("no statistics: %.200s", res.Body)
				}
			case recording.Trace:
				if res.Trace == nil || len(res.Trace.Activity) < 20 {
					t.Errorf("a trace of a process of 20 goroutines and more: %+v", res.Trace)
				}
			}
		})
	}
	if kind, form := c.Scrape(t.Context(), recording.Stacks), goroutine.Debug2; kind.Snapshot.Form != form {
		t.Errorf("the dump is of the form %q", kind.Snapshot.Form)
	}
}

// TestLeakProfile works with and without the profile in the running Go.
func TestLeakProfile(t *testing.T) {
	var asked atomic.Int32
	mux := target()
	mux.HandleFunc("/debug/pprof/goroutineleak", func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		http.Error(w, "Unknown profile", http.StatusNotFound)
	})
	c := client(t, serve(t, mux).URL, Options{})
	for range 3 {
		res := c.Scrape(t.Context(), recording.Leak)
		if res.Failure == nil || !res.Failure.Absent() || !strings.Contains(res.Failure.Hint(), "1.27") {
			t.Fatalf("got %v", res.Failure)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times for what is not there", n)
	}
}

// TestOneConnection: looking adds one connection to the target, whatever is asked.
func TestOneConnection(t *testing.T) {
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(target())
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c := client(t, s.URL, Options{})
	for range 5 {
		for _, kind := range []recording.Kind{recording.Goroutine, recording.Stacks, recording.Memory, recording.Leak, recording.Metrics} {
			c.Scrape(t.Context(), kind)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for 25 scrapes", n)
	}
}

func TestUnixSocket(t *testing.T) {
	dir, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "p.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &httptest.Server{Listener: l, Config: &http.Server{Handler: target()}}
	s.Start()
	defer s.Close()
	if res := client(t, "unix:"+path, Options{}).Scrape(t.Context(), recording.Goroutine); res.Failure != nil {
		t.Error(res.Failure)
	}
	res := client(t, "unix:"+filepath.Join(dir, "no.sock"), Options{}).Scrape(t.Context(), recording.Goroutine)
	if res.Failure == nil || !strings.Contains(res.Err, "no such socket") {
		t.Errorf("a socket that is not there: %v", res.Failure)
	}
}

func TestPath(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("/internal/", http.StripPrefix("/internal", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.URL.Path = "/debug/pprof/" + strings.TrimPrefix(r.URL.Path, "/prof/")
		pprof.Index(w, r)
	})))
	s := serve(t, mux)
	for address, o := range map[string]Options{
		s.URL:                              {Path: "/internal/prof/"},
		s.URL + "/internal/prof/goroutine": {},
	} {
		if res := client(t, address, o).Scrape(t.Context(), recording.Goroutine); res.Failure != nil {
			t.Errorf("%s with path %q: %v", address, o.Path, res.Failure)
		}
	}
}

func TestCredentials(t *testing.T) {
	mux := target()
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if r.Header.Get("Authorization") != "Bearer sesame" && (user != "ann" || password != "p:w") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	file := filepath.Join(t.TempDir(), "secret")
	ask := func(address string, o Options) *Error {
		return client(t, address, o).Scrape(t.Context(), recording.Goroutine).Failure
	}
	write(t, file, "sesame\n")
	if e := ask(s.URL, Options{BearerFile: file}); e != nil {
		t.Error(e)
	}
	// A token that was replaced is used from the next request on.
	rotating := client(t, s.URL, Options{BearerFile: file})
	write(t, file, "closed")
	if res := rotating.Scrape(t.Context(), recording.Goroutine); res.Failure == nil {
		t.Error("an old token was sent")
	}
	write(t, file, "ann:p:w")
	if e := ask(s.URL, Options{BasicFile: file}); e != nil {
		t.Error(e)
	}
	if e := ask(strings.Replace(s.URL, "//", "//ann:p%3Aw@", 1), Options{}); e != nil {
		t.Error(e)
	}
	for content, words := range map[string]string{"": "empty", "no colon": "no colon", "a:b\nc": "control", strings.Repeat("x", secretMax+1): "larger"} {
		write(t, file, content)
		if e := ask(s.URL, Options{BasicFile: file}); e == nil || !strings.Contains(e.Error(), words) {
			t.Errorf("%.20q: %v, want %q", content, e, words)
		}
	}
	if _, err := New(Address{}, Options{BearerFile: file, BasicFile: file}); err == nil {
		t.Error("two kinds of credentials were taken")
	}
}

// TestAnswers is every thing that may answer in place of a profile.
func TestAnswers(t *testing.T) {
	heap := profileOf(t, "/debug/pprof/heap")
	proto := profileOf(t, "/debug/pprof/goroutine")
	text := profileOf(t, "/debug/pprof/goroutine?debug=1")
	say := func(status int, kind, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for name, test := range map[string]struct {
		kind    recording.Kind
		handler http.HandlerFunc
		o       Options
		words   string
		hint    string
	}{
		"html":         {handler: say(200, "text/html", "<!doctype html><p>welcome"), words: "HTML", hint: "net/http/pprof"},
		"json":         {handler: say(200, "application/json", `{"ok":true}`), words: "JSON", hint: "net/http/pprof"},
		"empty":        {handler: say(200, "text/plain", ""), words: "empty", hint: "net/http/pprof"},
		"text":         {handler: say(200, "text/plain", "hello"), words: "no goroutine", hint: "net/http/pprof"},
		"401":          {handler: say(401, "text/plain", ""), words: "401", hint: "--bearer-file"},
		"403":          {handler: say(403, "text/plain", ""), words: "403", hint: "--basic-file"},
		"404":          {handler: say(404, "text/plain", ""), words: "no pprof endpoint", hint: `import _ "net/http/pprof"`},
		"500":          {handler: say(500, "text/plain", "oops\x1b[31m\nmore"), words: "500 Internal Server Error: oops [31m"},
		"heap":         {handler: say(200, "x", heap), words: "heap profile", hint: "goroutine"},
		"no dump":      {kind: recording.Stacks, handler: say(200, "x", text), words: "not a debug=2 dump"},
		"no leak":      {kind: recording.Leak, handler: say(200, "x", proto), words: "not a goroutineleak profile"},
		"cut proto":    {handler: say(200, "x", proto[:len(proto)/2]), words: "cut off"},
		"broken off":   {handler: brokenOff(proto), words: "broke off"},
		"too long":     {handler: say(200, "x", proto), o: Options{MaxBytes: 100}, words: "longer than allowed"},
		"bomb":         {handler: say(200, "x", bomb(t)), o: Options{MaxBytes: 1 << 20}, words: "limit of 1 MiB"},
		"elsewhere":    {handler: http.RedirectHandler("http://elsewhere.invalid/login?secret", http.StatusFound).ServeHTTP, words: "redirects to http://elsewhere.invalid/login", hint: "name that address"},
		"circle":       {handler: http.RedirectHandler("/debug/pprof/goroutine", http.StatusFound).ServeHTTP, words: "circle"},
		"slow":         {handler: stalled, o: Options{Timeout: 50 * time.Millisecond}, words: "no answer in time", hint: "--timeout"},
		"brotli":       {handler: encoded("br"), words: "content encoding"},
		"no MemStats":  {kind: recording.Memory, handler: say(200, "x", "heap profile: 0: 0\n"), words: "MemStats"},
		"no metrics":   {kind: recording.Metrics, handler: say(200, "text/html", "<html>"), words: "not Prometheus text"},
		"no trace":     {kind: recording.Trace, handler: say(200, "x", "<html>"), words: "trace header"},
		"trace taken":  {kind: recording.Trace, handler: say(500, "x", "Could not enable tracing: tracing is already enabled"), words: "somebody else is tracing"},
		"https wanted": {handler: say(400, "x", "Client sent an HTTP request to an HTTPS server."), words: "HTTPS", hint: "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.kind == "" {
				test.kind = recording.Goroutine
			}
			res := client(t, serve(t, test.handler).URL, test.o).Scrape(t.Context(), test.kind)
			if res.Failure == nil || res.Err == "" || res.Body != nil {
				t.Fatalf("taken for an answer: %+v", res.Scrape)
			}
			if !strings.Contains(res.Err, test.words) || !strings.Contains(res.Failure.Hint(), test.hint) {
				t.Errorf("got %q with hint %q, want %q with %q", res.Err, res.Failure.Hint(), test.words, test.hint)
			}
			if strings.ContainsAny(res.Err, "\n\x1b") || strings.Contains(res.Err, "secret") {
				t.Errorf("the error shows what it must not: %q", res.Err)
			}
		})
	}
}

// TestUnreachable: nothing there, or something that is no HTTP server.
func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		conn, err := l.Accept()
		if err == nil {
			io.WriteString(conn, "SSH-2.0-OpenSSH_9.9\r\n")
			conn.Close()
		}
	}()
	res := client(t, address, Options{}).Scrape(t.Context(), recording.Goroutine)
	<-accepted
	l.Close()
	if res.Failure == nil || !strings.Contains(res.Err, "HTTP") && !strings.Contains(res.Err, "closed") {
		t.Errorf("an SSH server: %v", res.Failure)
	}
	res = client(t, address, Options{}).Scrape(t.Context(), recording.Goroutine)
	if res.Failure == nil || !strings.Contains(res.Err, "nothing listens") || res.Failure.Hint() == "" {
		t.Errorf("a closed port: %v", res.Failure)
	}
}

// TestCutDump: a dump of 64 MiB is a cut one, and what it holds stands.
func TestCutDump(t *testing.T) {
	const block = "goroutine 7 [chan receive]:\nmain.wait()\n\t/src/main.go:7 +0x1d\ncreated by main.main in goroutine 1\n\t/src/main.go:3 +0x1d\n\n"
	body := bytes.Repeat([]byte(block), dumpCut/len(block)+1)[:dumpCut]
	c := client(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) })).URL, Options{})
	res := c.Scrape(t.Context(), recording.Stacks)
	if res.Failure != nil || !res.Truncated || len(res.Body) != dumpCut || res.Total < dumpCut/len(block)-1 {
		t.Errorf("%v, truncated %v, %d bytes, %d goroutines", res.Failure, res.Truncated, len(res.Body), res.Total)
	}
}

// TestBrokenDump: a dump whose connection breaks keeps what came.
func TestBrokenDump(t *testing.T) {
	dump := profileOf(t, "/debug/pprof/goroutine?debug=2")
	c := client(t, serve(t, brokenOff(dump)).URL, Options{})
	res := c.Scrape(t.Context(), recording.Stacks)
	if res.Failure != nil || !res.Truncated || res.Total < 1 {
		t.Errorf("%v, truncated %v, %d goroutines", res.Failure, res.Truncated, res.Total)
	}
}

// TestFewerThanBefore: a dump that lists far fewer than the proto is suspicious.
func TestFewerThanBefore(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	for range 100 {
		go func() { <-stop }()
	}
	real := target()
	c := client(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery == "debug=2" {
			io.WriteString(w, "goroutine 1 [running]:\nmain.main()\n\t/src/main.go:3 +0x1d\n")
			return
		}
		real.ServeHTTP(w, r)
	})).URL, Options{})
	c.Scrape(t.Context(), recording.Goroutine)
	res := c.Scrape(t.Context(), recording.Stacks)
	if len(res.Warnings) != 1 || !strings.Contains(res.Warnings[0], "counted") {
		t.Errorf("warnings %q", res.Warnings)
	}
}

// TestCompressed: an answer compressed on the way without being asked is undone.
func TestCompressed(t *testing.T) {
	dump := profileOf(t, "/debug/pprof/goroutine?debug=2")
	c := client(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		zip := gzip.NewWriter(w)
		io.WriteString(zip, dump)
		zip.Close()
	})).URL, Options{})
	if res := c.Scrape(t.Context(), recording.Stacks); res.Failure != nil || string(res.Body) != dump {
		t.Errorf("%v, %d bytes of %d", res.Failure, len(res.Body), len(dump))
	}
}

func profileOf(t *testing.T, path string) string {
	t.Helper()
	w := httptest.NewRecorder()
	target().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, w.Code)
	}
	return w.Body.String()
}

func brokenOff(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		io.WriteString(w, body[:len(body)*2/3])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func stalled(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func encoded(enc string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", enc) }
}

// bomb is 64 MiB of zeros in 64 KB.
func bomb(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	if _, err := zip.Write([]byte{0x0a, 0x04, 0x08}); err != nil { // as every profile begins
		t.Fatal(err)
	}
	zero := make([]byte, 1<<20)
	for range 64 {
		if _, err := zip.Write(zero); err != nil {
			t.Fatal(err)
		}
	}
	zip.Close()
	return b.String()
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c := client(t, serve(t, target()).URL, Options{})
	if res := c.Scrape(ctx, recording.Goroutine); res.Failure == nil || !strings.Contains(res.Err, "interrupted") {
		t.Errorf("got %v", res.Failure)
	}
}
