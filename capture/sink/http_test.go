package sink_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
	"github.com/logcap/logcap/capture/sink/sinktest"
)

// receiver keeps what was posted to it; answer says what it tells the nth request, from 0 on.
type receiver struct {
	*httptest.Server
	answer func(n int, w http.ResponseWriter, r *http.Request)

	mu       sync.Mutex
	headers  []http.Header
	messages []string
}

func receive(t *testing.T, answer func(n int, w http.ResponseWriter, r *http.Request)) *receiver {
	rc := &receiver{answer: answer}
	rc.Server = httptest.NewServer(rc)
	t.Cleanup(rc.Close)
	return rc
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	text, err := sinktest.Unpack(r.Body, r.Header.Get("Content-Encoding"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	rc.mu.Lock()
	n := len(rc.headers)
	rc.headers = append(rc.headers, r.Header)
	err = sinktest.DecodeBody(text, func(l sinktest.Line) error {
		rc.messages = append(rc.messages, l.Message)
		return nil
	})
	rc.mu.Unlock()
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	} else if rc.answer != nil {
		rc.answer(n, w, r)
	}
}

// post makes a sink for spec, which the test closes.
func post(t *testing.T, spec string) *sink.HTTP {
	t.Helper()
	o, err := sink.ParseHTTP(spec)
	if err != nil {
		t.Fatal(err)
	}
	o.Now = func() time.Time { return time.Unix(0, at(0)) }
	o.UserAgent = "logcap/test"
	h, err := sink.NewHTTP(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func TestHTTPPosts(t *testing.T) {
	for _, compress := range []string{"zstd", "gzip", "none"} {
		t.Run(compress, func(t *testing.T) {
			rc := receive(t, nil)
			h := post(t, rc.URL+"/x?key=1#compress="+compress)
			all := []*record.Batch{batch(app(), "1", "2"), batch(web(), strings.Repeat("3", 100))}
			for range 2 {
				if err := h.Write(t.Context(), all); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.Write(t.Context(), []*record.Batch{batch(app(), "4")}); err != nil {
				t.Fatal(err)
			}
			long := strings.Repeat("3", 100)
			if diff := cmp.Diff([]string{"1", "2", long, "1", "2", long, "4"}, rc.messages); diff != "" {
				t.Error(diff)
			}
			key := make([]string, 3)
			for i, head := range rc.headers {
				key[i] = head.Get("Idempotency-Key")
				want := map[string]string{"zstd": "zstd", "gzip": "gzip"}[compress]
				if head.Get("Content-Encoding") != want || head.Get("Content-Type") != "application/x-ndjson" || head.Get("User-Agent") != "logcap/test" {
					t.Errorf("headers are %v", head)
				}
			}
			if key[0] != key[1] || key[1] == key[2] || len(key[0]) != 32 {
				t.Errorf("idempotency keys are %q: want the first two the same", key)
			}
		})
	}
}

func TestHTTPAnswers(t *testing.T) {
	const rejected, unavailable = "rejected", "unavailable"
	tests := []struct {
		code  int
		after string // Retry-After
		text  string
		kind  string
		want  string // of the error, behind the address
		hint  string
		wait  time.Duration
	}{
		{code: 200}, {code: 201}, {code: 202, text: strings.Repeat("x", 1<<20)}, {code: 204},
		{code: 400, text: "no field \x1b[31m_msg\nat line 3", kind: rejected, want: "answered 400 Bad Request: no field [31m_msg"},
		{code: 413, kind: rejected, want: "answered 413 Request Entity Too Large"},
		{code: 415, kind: unavailable, want: "answered 415 Unsupported Media Type", hint: "#compress=gzip"},
		{code: 422, kind: rejected, want: "answered 422 Unprocessable Entity"},
		{code: 429, after: "7", kind: unavailable, want: "answered 429 Too Many Requests", wait: 7 * time.Second},
		{code: 503, after: "Tue, 24 Nov 2026 08:01:30 GMT", kind: unavailable, want: "answered 503 Service Unavailable", wait: 90 * time.Second},
		{code: 503, after: "Tue, 24 Nov 2026 07:00:00 GMT", kind: unavailable, want: "answered 503 Service Unavailable"},
		{code: 503, after: "99999999", kind: unavailable, want: "answered 503 Service Unavailable", wait: 24 * time.Hour},
		{code: 500, after: "soon", text: strings.Repeat("é", 300), kind: unavailable, want: "answered 500 Internal Server Error: " + strings.Repeat("é", 100) + "…"},
		{code: 408, kind: unavailable, want: "answered 408 Request Timeout"},
		{code: 425, kind: unavailable, want: "answered 425 Too Early"},
		{code: 401, kind: unavailable, want: "answered 401 Unauthorized", hint: "token-file"},
		{code: 403, text: "token expired", kind: unavailable, want: "answered 403 Forbidden: token expired", hint: "rights"},
		{code: 404, kind: unavailable, want: "answered 404 Not Found", hint: "path"},
		{code: 307, kind: unavailable, want: "answered 307 Temporary Redirect", hint: "write http=http://other.example/y"},
		{code: 599, kind: unavailable, want: "answered 599"},
	}
	for _, tt := range tests {
		rc := receive(t, func(n int, w http.ResponseWriter, r *http.Request) {
			if tt.after != "" {
				w.Header().Set("Retry-After", tt.after)
			}
			w.Header().Set("Location", "http://user:pw@other.example/y?secret=1")
			w.WriteHeader(tt.code)
			_, _ = io.WriteString(w, tt.text)
		})
		err := post(t, rc.URL+"/in").Write(t.Context(), []*record.Batch{batch(app(), "x")})
		if tt.kind == "" {
			if err != nil {
				t.Errorf("%d: %v", tt.code, err)
			}
			continue
		}
		var r *sink.Rejected
		var u *sink.Unavailable
		kind := ""
		switch {
		case errors.As(err, &r):
			kind = rejected
		case errors.As(err, &u):
			kind = unavailable
			if u.After != tt.wait {
				t.Errorf("%d: told to wait %v, want %v", tt.code, u.After, tt.wait)
			}
		default:
			t.Errorf("%d: %v", tt.code, err)
			continue
		}
		if want := "post to " + rc.URL + "/in: " + tt.want; kind != tt.kind || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%d: %s: %v\nwant %s: …%s", tt.code, kind, err, tt.kind, want)
		}
		hinted, ok := err.(interface{ Hint() string })
		if !ok || !strings.Contains(hinted.Hint(), tt.hint) || strings.Contains(hinted.Hint(), "secret") {
			t.Errorf("%d: hint of %v", tt.code, err)
		}
	}
}

func TestHTTPGivesUp(t *testing.T) {
	release := make(chan struct{})
	rc := receive(t, func(n int, w http.ResponseWriter, r *http.Request) {
		if n == 0 {
			select {
			case <-release:
			case <-r.Context().Done():
			}
		}
	})
	defer close(release)
	h := post(t, rc.URL+"#timeout=100ms")
	one := []*record.Batch{batch(app(), "x")}
	var u *sink.Unavailable
	if err := h.Write(t.Context(), one); !errors.As(err, &u) || !strings.Contains(err.Error(), "no answer within 100ms") {
		t.Errorf("timeout: %v", err)
	}
	if err := h.Write(t.Context(), one); err != nil {
		t.Errorf("the same again: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := h.Write(ctx, one); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	rc.Close()
	_ = h.Write(t.Context(), one) // over the kept connection, whose end may not be known yet
	if err := h.Write(t.Context(), one); !errors.As(err, &u) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("nobody listens: %v", err)
	}
}
