package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/capture/admin"
)

var topBegan = time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)

// topHealth is a collector after so many seconds, at a hundred records a second.
func topHealth(seconds int) *admin.Health {
	n := uint64(100 * seconds)
	behind := int64(3 << 20)
	at := topBegan.Add(time.Duration(seconds) * time.Second)
	return &admin.Health{
		Time: at, Started: topBegan, Status: "degraded",
		Problems: []admin.HealthProblem{{Subject: "sink http", Text: "refused\x1b[2J", Since: topBegan.Add(time.Minute)}},
		Sources: []admin.SourceHealth{
			{Name: "file", Status: "ok", Origins: 12, Records: n, Bytes: 200 * n, Behind: &behind, Lost: map[string]uint64{"truncated": 17, "deleted": 4}},
			{Name: "stdin", Status: "starting"},
		},
		Sinks: []admin.SinkHealth{
			{
				Name: "http", Status: "degraded", Records: n, Delivered: n - 60, Queued: 50, QueuedBytes: 5 << 20, QueueBytes: 8 << 20, Retries: 7, BreakerOpen: true,
				Dropped: map[string]uint64{"queue-full": 7}, DeadLettered: map[string]uint64{"too-large": 2, "invalid": 1}, LastSuccess: at.Add(-90 * time.Second),
			},
			{Name: "null", Status: "untried"},
		},
		Self: admin.SelfHealth{
			Goroutines: 40, Memory: 20 << 20, Heap: 1500 << 10, Descriptors: 50, Growing: []string{"goroutines"},
			Baseline: &admin.SelfCounts{Goroutines: 12, Descriptors: 48},
		},
	}
}

func TestTopTables(t *testing.T) {
	want := `collector at :9600: degraded, up 2m10s
goroutines 40 (12 at its start), memory 20 MiB, heap 1.5 MiB, descriptors 50 (48 at its start); growing: goroutines
! sink http: refused�[2J (since 2026-03-01T03:01:00Z)

SOURCE  STATE     RECORDS/S  BYTES/S  ORIGINS  BEHIND  LOST
file    ok              100   20 KiB       12   3 MiB  deleted 4, truncated 17
stdin   starting          0      0 B        0       ?  -

SINK  STATE     DELIVERED/S  QUEUED           QUEUE  RETRIES  BREAKER  LAST SUCCESS  DROPPED       DEAD LETTERS
http  degraded          100      50  5 MiB of 8 MiB        7  open        1m30s ago  queue-full 7  invalid 1, too-large 2
null  untried             0       0             0 B        0  closed          never  -             -
`
	if diff := cmp.Diff(want, topTables(":9600", topHealth(120), topHealth(130))); diff != "" {
		t.Error(diff)
	}
	again := topHealth(130)
	again.Started = topBegan.Add(time.Second)
	for name, before := range map[string]*admin.Health{"none before": nil, "another run": topHealth(120), "the same moment": again} {
		text := topTables(":9600", before, again)
		for line := range strings.Lines(text) {
			if f := strings.Fields(line); len(f) > 2 && f[0] == "file" && (f[2] != "-" || f[3] != "-") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
}

func TestTopNumbers(t *testing.T) {
	for n, want := range map[float64]string{0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 20000: "20 KiB", 5 << 30: "5 GiB", 7 << 50: "7168 TiB"} {
		if got := topBytes(n); got != want {
			t.Errorf("%v is %q, want %q", n, got, want)
		}
	}
	r := rates{2 * time.Second}
	for n, want := range map[uint64]string{0: "0", 1: "0.5", 19: "9.5", 21: "10", 5000: "2500"} {
		if got := r.count(7, 7+n); got != want {
			t.Errorf("%d in 2 s are %q, want %q", n, got, want)
		}
	}
	if got := r.count(7, 6); got != "-" {
		t.Errorf("a count that fell is a rate of %q", got)
	}
}

// topTerminal is what a program writes, safe to read meanwhile.
type topTerminal struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *topTerminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.Write(p)
}

func (t *topTerminal) shows(tt *testing.T, text string) {
	tt.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		t.mu.Lock()
		has := strings.Contains(t.buf.String(), text)
		t.mu.Unlock()
		if has {
			return
		}
		if time.Now().After(deadline) {
			tt.Fatalf("nothing shows %q", text)
		}
	}
}

// On a terminal the tables are drawn again; a collector that does not answer for a while is said; q ends it.
func TestTopOnATerminal(t *testing.T) {
	var mu sync.Mutex
	looks, away := 0, false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if looks++; away {
			http.Error(w, "gone", http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(topHealth(looks))
	}))
	defer server.Close()
	for _, end := range []string{"q", "signal"} {
		in, keys := io.Pipe()
		screen := &topTerminal{}
		o := &captureTopOptions{streams: &streams{in: in, out: screen}, interval: 10 * time.Millisecond}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() {
			ended <- o.draw(ctx, server.URL, topHealth(0), tea.WithWindowSize(120, 12))
		}()
		screen.shows(t, "collector at http://127.0.0.1")
		screen.shows(t, "20 KiB")
		mu.Lock()
		away = true
		mu.Unlock()
		screen.shows(t, "(502) is no collector")
		mu.Lock()
		away = false
		mu.Unlock()
		if end == "q" {
			_, _ = keys.Write([]byte("q"))
		} else {
			cancel()
		}
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s: %v", end, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("it goes on")
		}
		keys.Close()
		screen.shows(t, "\x1b[?1049l") // the terminal is given back
	}
}

func TestTopFits(t *testing.T) {
	s := topScreen{address: ":9600", now: topHealth(7), width: 40, height: 6, failed: errors.New("no\nanswer")}
	lines := strings.Split(s.text(), "\n")
	if len(lines) != 6 || lines[5] != "…" || !strings.HasPrefix(lines[0], "no answer; what follows is of ") {
		t.Errorf("%q", lines)
	}
	for _, l := range lines {
		if n := len([]rune(l)); n > 40 {
			t.Errorf("%d columns: %q", n, l)
		}
	}
}
