package commands

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/pprof/profile"
)

// strangersMain is everything that may answer instead of a healthy pprof, each
// on a port of its own: strangers DIR writes each one's address to a file of
// its name in DIR. It ends when it is told to, or after a minute.
func strangersMain() {
	dir := os.Args[1]
	exitOn(os.Mkdir(dir, 0o700))
	for name, h := range strangers() {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		exitOn(err)
		go (&http.Server{Handler: h, ReadHeaderTimeout: time.Second}).Serve(l)
		announce(dir, name, l)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	exitOn(err)
	go greet(l, "SSH-2.0-OpenSSH_9.6\r\n")
	announce(dir, "ssh", l)
	// An HTTPS server, with the certificate that net/http/httptest has for such.
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = nil
	secure.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	secure.StartTLS()
	announce(dir, "https", secure.Listener)

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	select {
	case <-stop:
	case <-time.After(time.Minute):
	}
}

func announce(dir, name string, l net.Listener) {
	tmp := filepath.Join(dir, name+".tmp")
	exitOn(os.WriteFile(tmp, []byte(l.Addr().String()), 0o600))
	exitOn(os.Rename(tmp, filepath.Join(dir, name)))
}

// greet talks first, as the servers of many protocols do.
func greet(l net.Listener, words string) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			io.WriteString(c, words)
			io.Copy(io.Discard, c)
		}()
	}
}

func strangers() map[string]http.HandlerFunc {
	whole := httptest.NewRecorder()
	pprof.Handler("goroutine").ServeHTTP(whole, httptest.NewRequest("GET", "/", nil))
	good := whole.Body.Bytes()
	say := func(code int, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			w.Write(body)
		}
	}
	return map[string]http.HandlerFunc{
		"hello":     say(200, []byte("hello\n")),
		"forbidden": say(403, []byte("no\n")),
		"trouble":   say(500, []byte("\x1b[31mpanic\x1b[0m\nsecond line\n")),
		"mutex":     pprof.Handler("mutex").ServeHTTP,
		"short":     say(200, good[:len(good)/2]),
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(good)))
			w.Write(good[:len(good)/2])
		},
		"bomb": say(200, dumpBomb()),
		"drip": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.Write([]byte{0x1f})
				w.(http.Flusher).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		},
		"hostile": hostile(),
	}
}

// dumpBomb is 160 MiB of goroutines in a few hundred KiB.
func dumpBomb() []byte {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	some := []byte(strings.Repeat("goroutine 1 [select]:\nmain.main()\n\t/app/main.go:1 +0x1\n\n", 1<<14))
	for n := 0; n < 160<<20; n += len(some) {
		zip.Write(some)
	}
	zip.Close()
	return b.Bytes()
}

// evil is a name that means something to a terminal, to Markdown and to HTML.
const evil = "main.a|b`c`<script>alert(1)</script>\n# owned\n\x1b[31mred\x07\u202e![i](http://evil.example/i.png)[l](javascript:alert(1))"

// hostile leaks twenty goroutines an answer, and everything in it has an evil name.
func hostile() http.HandlerFunc {
	var answered atomic.Int64
	began := time.Now()
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/goroutine") && r.URL.RawQuery == "":
			evilProfile(20*answered.Add(1), time.Now()).Write(w)
		case strings.HasSuffix(r.URL.Path, "/goroutine"):
			for i := range 20 * answered.Load() {
				fmt.Fprintf(w, "goroutine %d [chan send\x1b[31m|, %d minutes, labels:{\"<script>\": \"\x1b|\"}]:\n%s()\n\t/app/<script>|.go:7 +0x1\ncreated by %[3]s in goroutine 1\n\t/app/<script>|.go:9 +0x1\n\n",
					100+i, int(time.Since(began).Minutes()), strings.ReplaceAll(evil, "\n", "\r"))
			}
		case strings.HasSuffix(r.URL.Path, "/metrics"):
			fmt.Fprintf(w, "# TYPE go_goroutines gauge\ngo_goroutines{a=\"<script>|\\n# owned\x1b[31m\"} %d\ngo_info{version=\"go1.26<script>\x1b[31m\"} 1\n", 20*answered.Load())
		default:
			http.Error(w, evil, http.StatusNotFound)
		}
	}
}

func evilProfile(n int64, at time.Time) *profile.Profile {
	fn := func(id uint64, name string) *profile.Function {
		return &profile.Function{ID: id, Name: name, SystemName: name, Filename: "/app/" + evil + ".go", StartLine: 5}
	}
	functions := []*profile.Function{fn(1, "runtime.gopark"), fn(2, "runtime.chansend"), fn(3, evil), fn(4, evil+".func1")}
	var locations []*profile.Location
	for i, f := range functions {
		locations = append(locations, &profile.Location{ID: uint64(i + 1), Address: uint64(i + 1), Line: []profile.Line{{Function: f, Line: 7}}})
	}
	return &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "goroutine", Unit: "count"}},
		PeriodType: &profile.ValueType{Type: "goroutine", Unit: "count"},
		TimeNanos:  at.UnixNano(),
		Sample: []*profile.Sample{{Location: locations, Value: []int64{n},
			Label: map[string][]string{"tenant": {evil}, evil: {"x"}}}},
		Location: locations, Function: functions,
	}
}
