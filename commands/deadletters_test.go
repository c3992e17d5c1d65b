package commands

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// logcapIn runs logcap in this process.
func logcapIn(t *testing.T, want int, args ...string) (out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if code := Main(args, strings.NewReader(""), &stdout, &stderr); code != want {
		t.Fatalf("logcap %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), code, want, stdout.String(), stderr.String())
	}
	return stdout.String(), stderr.String()
}

// The way of a record that is refused: kept with the reason, shown, refused once more, sent when it is taken, and gone.
func TestDeadLetters(t *testing.T) {
	var lenient atomic.Bool
	var taken atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			return
		case bytes.Contains(body, []byte("poison")) && !lenient.Load():
			http.Error(w, "no poison here", http.StatusBadRequest)
		default:
			taken.Add(int64(bytes.Count(body, []byte(`"message":`))))
		}
	}))
	defer server.Close()
	dir := t.TempDir()
	log, state := filepath.Join(dir, "app.log"), filepath.Join(dir, "state")
	to := "http=" + server.URL + "#compress=none"
	for _, kind := range []string{"memory", "disk"} { // what was refused comes first: then the sink has not been proven
		if err := os.WriteFile(log, []byte("fine\npoison 1\nfine too\npoison 2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		taken.Store(0)
		_, said := logcapIn(t, 1, "capture", log, "--no-follow", "--from-start", "--state", state, "--queue", kind, "--to", to)
		if !strings.Contains(said, "logcap: deliver what was read: 2 records refused for good, and kept as dead letters\nhint: logcap capture deadletters ls --state "+state) || taken.Load() != 2 {
			t.Errorf("%d taken, %s", taken.Load(), said)
		}
		if err := os.Remove(filepath.Join(state, "checkpoint.json")); err != nil { // the next round reads it again
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(state, "checkpoint.previous.json")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	out, _ := logcapIn(t, 0, "capture", "deadletters", "ls", "--state", state)
	if rows := strings.Split(out, "\n"); len(rows) != 3 || !strings.HasPrefix(rows[1], "http  invalid  4 ") || !strings.Contains(rows[1], "no poison here") {
		t.Errorf("%s", out)
	}
	out, _ = logcapIn(t, 0, "capture", "deadletters", "show", "--state", state, "--reason", "invalid")
	if strings.Count(out, `"message":"poison 2"`) != 2 || strings.Count(out, "\n") != 4 {
		t.Errorf("%s", out)
	}
	if out, _ = logcapIn(t, 0, "capture", "deadletters", "show", "--state", state, "--sink", "loki"); out != "" {
		t.Errorf("%s", out)
	}
	_, said := logcapIn(t, 1, "capture", "deadletters", "replay", "--state", state, "--to", to)
	if !strings.Contains(said, "replay dead letters: 4 records refused again, and stay: refused as invalid: ") {
		t.Errorf("%s", said)
	}
	dead := "http=http://127.0.0.1:1/"
	if _, said = logcapIn(t, 1, "capture", "deadletters", "replay", "--state", state, "--to", dead); !strings.Contains(said, "connection refused; the others stay") {
		t.Errorf("%s", said)
	}
	lenient.Store(true)
	taken.Store(0)
	_, said = logcapIn(t, 0, "capture", "deadletters", "replay", "--state", state, "--to", to)
	if !strings.Contains(said, "4 records sent again, and removed") || taken.Load() != 4 {
		t.Errorf("%d taken, %s", taken.Load(), said)
	}
	if out, _ = logcapIn(t, 0, "capture", "deadletters", "show", "--state", state); out != "" {
		t.Errorf("left: %s", out)
	}
	if _, said = logcapIn(t, 0, "capture", "deadletters", "purge", "--state", state, "--all"); !strings.Contains(said, "0 records removed") {
		t.Errorf("%s", said)
	}
}
