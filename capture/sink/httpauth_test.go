package sink_test

import (
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/logcap/logcap/capture/record"
	"github.com/logcap/logcap/capture/sink"
)

// put writes a small file and says where.
func put(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHTTPHeadersFromFiles(t *testing.T) {
	token, headers := put(t, "token", "first\n"), put(t, "headers", "# for the gateway\n\nX-Tenant: a: b \nAuthorization: Basic eA==\n")
	rc := receive(t, nil)
	h := post(t, rc.URL+"#token-file="+token+"&header-file="+headers)
	write(t, h, batch(app(), "1"))
	if err := os.WriteFile(token, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	write(t, h, batch(app(), "2"))
	for i, want := range []string{"Bearer first", "Bearer second"} {
		if got := rc.headers[i]; got.Get("Authorization") != want || got.Get("X-Tenant") != "a: b" {
			t.Errorf("request %d: %v", i, got)
		}
	}
	write(t, post(t, rc.URL+"#header-file="+headers), batch(app(), "3"))
	if got := rc.headers[2].Get("Authorization"); got != "Basic eA==" {
		t.Errorf("authorization is %q", got)
	}
	if err := os.Remove(token); err != nil {
		t.Fatal(err)
	}
	err := h.Write(t.Context(), []*record.Batch{batch(app(), "4")})
	if err == nil || !strings.Contains(err.Error(), "read token-file") || len(rc.headers) != 3 {
		t.Errorf("without the token: %v", err)
	}
}

func TestHTTPFilesThatCannotBeUsed(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	bad, empty, large := put(t, "bad", "X-Good: 1\nno header\n"), put(t, "empty", " \n"), put(t, "large", strings.Repeat("x", 1<<20))
	for options, want := range map[string]string{
		"token-file=" + absent:  "read token-file: open " + absent + ": no such file or directory",
		"token-file=" + empty:   "read token-file " + empty + ": it holds no token of one line",
		"token-file=" + bad:     "read token-file " + bad + ": it holds no token of one line",
		"token-file=" + large:   "read token-file: " + large + " is larger than 64 KiB",
		"header-file=" + bad:    "read header-file " + bad + ": line 2 is no header of the form Name: value",
		"header-file=" + absent: "read header-file: open " + absent + ": no such file or directory",
		"ca-file=" + absent:     "read ca-file: open " + absent + ": no such file or directory",
		"ca-file=" + bad:        "read ca-file " + bad + ": no certificate in it",
	} {
		o, err := sink.ParseHTTP("http://localhost/#" + options)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sink.NewHTTP(o); err == nil || err.Error() != want {
			t.Errorf("%s: got %v\nwant %s", options, err, want)
		}
	}
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	ca := put(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})))
	write(t, post(t, server.URL+"#ca-file="+ca), batch(app(), "1"))
	err := post(t, server.URL).Write(t.Context(), []*record.Batch{batch(app(), "1")})
	hinted, ok := err.(interface{ Hint() string })
	if err == nil || !strings.Contains(err.Error(), "unknown authority") || !ok || !strings.Contains(hinted.Hint(), "ca-file") {
		t.Errorf("with the system's authorities: %v", err)
	}
}

// A server that answers before it has read the body, and then never ends its answer.
func TestHTTPAnswersWithoutEnd(t *testing.T) {
	rc := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		for {
			if _, err := w.Write(make([]byte, 32<<10)); err != nil {
				return
			}
		}
	}))
	defer rc.Close()
	h := post(t, rc.URL+"#compress=none")
	for range 3 {
		err := h.Write(t.Context(), []*record.Batch{batch(app(), strings.Repeat("x", 4<<20))})
		if err == nil {
			t.Error("no error")
		}
	}
}

// quiet is a log for a server whose complaints are expected.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
