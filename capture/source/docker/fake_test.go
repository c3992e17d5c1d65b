package docker

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/logcap/logcap/capture/engine"
	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/source"
)

// entry is what an engine has a timestamp for. Text without a newline is a fragment.
type entry struct {
	stream byte
	time   int64
	text   string
}

// fake is an engine on a unix socket with one container, "c1", that writes
// nothing by itself: each test says what its log holds and how it is sent.
type fake struct {
	t       *testing.T
	path    string
	mu      sync.Mutex
	log     []entry
	tty     bool
	running bool
	logPath string // of the json-file log; "" when there is none
	piece   int    // bytes of one write; 0: all
	cuts    []int  // connections are cut after so many bytes of log, one after the other; then none is
	hang    bool   // nothing is answered
	fromNow bool   // sources begin now, and not at the beginning
	name    string // of the container
	events  []string
	api     string // version that it tells
	rotates bool   // the container's log
	opened  int    // log streams
	sinces  []string
	change  chan struct{} // closed and made anew when something has changed
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, path: filepath.Join(t.TempDir(), "d.sock"), running: true, name: "one", change: make(chan struct{})}
	l, err := net.Listen("unix", f.path)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/containers/json", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		state := map[bool]string{true: "running", false: "exited"}[f.running]
		reply(w, []map[string]any{{"Id": "c1", "Names": []string{"/" + f.name}, "Image": "img:1", "State": state, "Created": 1}})
	})
	mux.HandleFunc("/containers/c1/json", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		config := map[string]string{}
		if f.rotates {
			config["max-size"] = "1m"
		}
		reply(w, map[string]any{"Id": "c1", "Name": "/" + f.name, "Created": time.Unix(1, 0), "State": map[string]any{"Running": f.running},
			"LogPath": f.logPath, "HostConfig": map[string]any{"LogConfig": map[string]any{"Type": "json-file", "Config": config}},
			"Config": map[string]any{"Image": "img:1", "Tty": f.tty, "Labels": map[string]string{"tier": "front"}}})
	})
	mux.HandleFunc("/containers/c1/logs", f.logs)
	mux.HandleFunc("/events", f.tell)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		hang := f.hang
		if f.api != "" {
			w.Header().Set("Api-Version", f.api)
		}
		f.mu.Unlock()
		if hang {
			<-r.Context().Done()
			return
		}
		mux.ServeHTTP(w, r)
	})}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return f
}

func reply(w http.ResponseWriter, v any) { _ = json.NewEncoder(w).Encode(v) } // who asked has gone

func rfc(ns int64) string {
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
}

// set changes what there is.
func (f *fake) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
	close(f.change)
	f.change = make(chan struct{})
}

// tell sends what happens to the container from now on.
func (f *fake) tell(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	at := len(f.events)
	f.mu.Unlock()
	for {
		w.(http.Flusher).Flush()
		f.mu.Lock()
		events, change := f.events, f.change
		f.mu.Unlock()
		for ; at < len(events); at++ {
			reply(w, map[string]any{"Action": events[at], "Actor": map[string]any{"ID": "c1"}, "timeNano": time.Now().UnixNano()})
		}
		w.(http.Flusher).Flush()
		select {
		case <-change:
		case <-r.Context().Done():
			return
		}
	}
}

// logs sends the log as the engine does.
func (f *fake) logs(w http.ResponseWriter, r *http.Request) {
	var since int64
	if s := r.URL.Query().Get("since"); s != "" {
		sec, nano, _ := strings.Cut(s, ".")
		a, _ := strconv.ParseInt(sec, 10, 64)
		b, _ := strconv.ParseInt(nano, 10, 64)
		since = a*1e9 + b
	}
	probe := r.URL.Query().Get("tail") == "1"
	f.mu.Lock()
	limit := -1
	if !probe {
		f.opened++
		f.sinces = append(f.sinces, r.URL.Query().Get("since"))
		if len(f.cuts) > 0 {
			limit, f.cuts = f.cuts[0], f.cuts[1:]
		}
	}
	f.mu.Unlock()
	conn, buf, err := w.(http.Hijacker).Hijack()
	if err != nil {
		f.t.Error(err)
		return
	}
	defer conn.Close()
	fmt.Fprint(buf, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	buf.Flush()
	sent, at := 0, 0
	for {
		f.mu.Lock()
		log, running, change, piece := f.log, f.running, f.change, f.piece
		if probe && len(log) > 0 {
			at = max(at, len(log)-1)
		}
		f.mu.Unlock()
		for ; at < len(log); at++ {
			if log[at].time < since {
				continue
			}
			b := f.encode(log[at])
			for len(b) > 0 {
				n := len(b)
				if piece > 0 {
					n = min(n, piece)
				}
				if limit >= 0 && sent+n > limit {
					n = limit - sent
				}
				if n > 0 {
					fmt.Fprintf(buf, "%x\r\n%s\r\n", n, b[:n])
					if buf.Flush() != nil {
						return
					}
				}
				sent, b = sent+n, b[n:]
				if limit >= 0 && sent >= limit {
					return // cut: no last chunk
				}
			}
		}
		if !running || probe || r.URL.Query().Get("follow") == "" {
			fmt.Fprint(buf, "0\r\n\r\n")
			buf.Flush()
			return
		}
		gone := make(chan struct{})
		go func() { _, _ = conn.Read(make([]byte, 1)); close(gone) }()
		select {
		case <-change:
			_ = conn.SetReadDeadline(time.Unix(1, 0))
			<-gone
			_ = conn.SetReadDeadline(time.Time{})
		case <-gone:
			return
		}
	}
}

func (f *fake) encode(e entry) []byte {
	payload := rfc(e.time) + " " + e.text
	if f.tty {
		return []byte(payload)
	}
	head := make([]byte, 8, 8+len(payload))
	head[0] = e.stream
	binary.BigEndian.PutUint32(head[4:], uint32(len(payload)))
	return append(head, payload...)
}

// output keeps what it was sent and commits it at once, unless it is told not to.
type output struct {
	pool record.Pool
	mu   sync.Mutex
	got  []string
	hold bool
}

func (o *output) Pool() *record.Pool          { return &o.pool }
func (o *output) Open(string) source.Stream   { return o }
func (o *output) Close(context.Context) error { return nil }
func (o *output) Send(ctx context.Context, b *record.Batch) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range b.Records {
		text := string(b.Message(i))
		if len(text) > 100 {
			text = fmt.Sprintf("%.10s… (%d bytes)", text, len(text))
		}
		if fl := b.Records[i].Flags; fl != 0 {
			text += fmt.Sprintf(" flags %d", fl)
		}
		o.got = append(o.got, fmt.Sprintf("%s %d %s", b.Records[i].Stream, b.Records[i].Time, text))
	}
	if b.Position != nil && !o.hold {
		b.Position.Commit()
	}
	b.Release()
	return nil
}

func (o *output) text() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return strings.Join(o.got, "\n")
}

// writeFile appends entries to the json-file log, as the engine does.
func (f *fake) writeFile(entries ...entry) {
	f.t.Helper()
	w, err := os.OpenFile(f.logPath, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, e := range entries {
		text, err := json.Marshal(e.text)
		if err != nil {
			f.t.Fatal(err)
		}
		fmt.Fprintf(w, `{"log":%s,"stream":%q,"time":%q}`+"\n", text, record.Stream(e.stream).String(), time.Unix(0, e.time).UTC().Format(time.RFC3339Nano))
	}
	if err := w.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// run follows the fake engine.
func (f *fake) run(out *output, opt Options) (s *Source, stop func()) {
	f.t.Helper()
	e, err := engine.New(engine.Options{Host: "unix://" + f.path, Answer: time.Second})
	if err != nil {
		f.t.Fatal(err)
	}
	opt.Engine, opt.Follow = e, true
	if opt.Start.Mode == source.FromNow && !f.fromNow {
		opt.Start.Mode = source.FromBeginning
	}
	if s, err = New(opt); err != nil {
		f.t.Fatal(err)
	}
	s.retry = time.Millisecond
	ctx, cancel := context.WithCancel(f.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx, out) }()
	return s, sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			f.t.Error(err)
		}
	})
}

func (f *fake) wait(out *output, want ...string) {
	f.t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for out.text() != strings.Join(want, "\n") {
		if time.Now().After(deadline) {
			f.t.Fatalf("got\n%s\nwant\n%s", out.text(), strings.Join(want, "\n"))
		}
		time.Sleep(2 * time.Millisecond)
	}
}
