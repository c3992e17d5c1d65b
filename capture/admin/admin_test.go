package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/admin"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var full = capture.Stats{
	Started: time.Unix(100, 0), Saved: time.Unix(200, 5e8),
	Sources: []capture.SourceStats{{Name: "file", Stats: source.Stats{Lines: 7, Bytes: 70, Active: 2, Behind: 3, Lost: map[string]uint64{"over-long": 9}}}, {Name: "stdin", Stats: source.Stats{Behind: -1}}},
	Stages:  []process.Stats{{In: 9, Out: 7, Joined: 2, Failed: 1}, {In: 7, Out: 7, Split: 3}},
	Sinks:   []capture.SinkStats{{Name: "http", Stats: deliver.Stats{Read: 7, Delivered: 4, Queued: 2, Dropped: map[string]uint64{"invalid": 1}, Failing: true}, Counts: map[string]uint64{"folded-labels": 3}}},
}

// serve runs a Server, and gives a client of its own for it.
func serve(t *testing.T, address string, stats capture.Stats) (get func(path string) (int, string), stop func()) {
	t.Helper()
	s, err := admin.New(address, "v1.2.3", func() capture.Stats { return stats })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	at := s.Address()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		if path, ok := strings.CutPrefix(at, "unix:"); ok {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
		return (&net.Dialer{}).DialContext(ctx, "tcp", at)
	}}}
	get = func(path string) (int, string) {
		t.Helper()
		resp, err := client.Get("http://x" + path)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(text)
	}
	return get, func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func TestPages(t *testing.T) {
	for _, address := range []string{":0", "127.0.0.1:0", "unix:" + filepath.Join(t.TempDir(), "a.sock")} {
		get, stop := serve(t, address, full)
		for path, want := range map[string][]string{
			"/":                              {"/health", "/metrics", "/debug/pprof/"},
			"/health":                        {`{"status":"ok","problems":[]}`},
			"/metrics":                       {"go_goroutines ", "process_open_fds ", "process_cpu_seconds_total "},
			"/debug/pprof/goroutine?debug=2": {"goroutine "},
			"/debug/pprof/goroutineleak":     nil, // there or not, as this Go has it
			"/debug/pprof/cmdline":           {"admin"},
		} {
			code, text := get(path)
			for _, w := range want {
				if code != 200 || !strings.Contains(text, w) {
					t.Errorf("%s %s: %d, %.200q has no %q", address, path, code, text, w)
				}
			}
		}
		if code, _ := get("/nothing"); code != 404 {
			t.Errorf("/nothing: %d", code)
		}
		stop()
	}
}

func TestMetrics(t *testing.T) {
	get, stop := serve(t, ":0", full)
	defer stop()
	_, text := get("/metrics")
	for _, want := range []string{
		`logcap_build_info{version="v1.2.3"} 1`,
		`logcap_start_time_seconds 100`,
		`logcap_checkpoint_last_success_timestamp_seconds 200.5`,
		`logcap_source_records_total{source="file"} 7`,
		`logcap_source_behind_bytes{source="file"} 3`,
		`logcap_source_lost_total{reason="over-long",source="file"} 9`,
		`logcap_stages_joined_records_total 2`, `logcap_stages_failed_records_total 1`, `logcap_stages_split_events_total 3`,
		`logcap_sink_read_records_total{sink="http"} 7`,
		`logcap_sink_delivered_records_total{sink="http"} 4`,
		`logcap_sink_queued_records{sink="http"} 2`,
		`logcap_sink_dropped_records_total{reason="invalid",sink="http"} 1`,
		`logcap_sink_changed_records_total{sink="http",what="folded-labels"} 3`,
		`logcap_sink_failing{sink="http"} 1`,
		`logcap_sink_last_success_timestamp_seconds{sink="http"} 0`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(text, `logcap_source_behind_bytes{source="stdin"}`) {
		t.Error("what stdin cannot tell is told")
	}
}

func TestDegraded(t *testing.T) {
	get, stop := serve(t, ":0", capture.Stats{Problems: []notice.Problem{{Subject: "sink http", Text: "down", Hint: "wait"}}})
	defer stop()
	code, text := get("/health")
	var h admin.Health
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	if code != 503 || h.Status != "degraded" || len(h.Problems) != 1 || h.Problems[0] != (admin.HealthProblem{Subject: "sink http", Text: "down", Hint: "wait"}) {
		t.Errorf("%d %s", code, text)
	}
}

// Run ends although a request is being answered, and takes it along.
func TestEndWithinRequest(t *testing.T) {
	s, err := admin.New(":0", "v", func() capture.Stats { return capture.Stats{} })
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
	if _, err := io.WriteString(c, "GET /debug/pprof/trace?seconds=25 HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil { // it has begun
		t.Fatal(err)
	}
	began := time.Now()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it ended after %v", took)
	}
}

func TestBadAddresses(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	long := "unix:/" + strings.Repeat("x", 107)
	for address, want := range map[string]string{
		"nonsense":               "missing port in address",
		taken.Addr().String():    "address already in use",
		long:                     "the path has 108 bytes, and a unix socket's may have 107",
		"unix:/not/there/x.sock": "no such file or directory",
	} {
		_, err := admin.New(address, "v", nil)
		var bad *admin.AddressError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20s: %v, want %q", address, err, want)
		}
	}
}

// The socket of a collector that was killed is taken over; that of a living one is not.
func TestAbandonedSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.sock")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	if _, err := admin.New("unix:"+path, "v", nil); err == nil {
		t.Error("a socket that is in use was taken over")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := admin.New("unix:"+path, "v", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
