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

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/admin"
	"github.com/logcap/logcap/capture/deliver"
	"github.com/logcap/logcap/capture/notice"
	"github.com/logcap/logcap/capture/process"
	"github.com/logcap/logcap/capture/selfwatch"
	"github.com/logcap/logcap/capture/source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var full = capture.Stats{
	Started: time.Unix(100, 0), Unrouted: 5, Saved: time.Unix(200, 5e8),
	Sources: []capture.SourceStats{{Name: "file", Stats: source.Stats{Kind: source.File, Lines: 7, Bytes: 70, Active: 2, Behind: 3, Began: true, Lost: map[string]uint64{"over-long": 9}}}, {Name: "stdin", Stats: source.Stats{Behind: -1, Began: true}}},
	Stages:  []process.Stats{{In: 9, Out: 7, Joined: 2, Failed: 1}, {In: 7, Out: 7, Split: 3}},
	Sinks:   []capture.SinkStats{{Name: "http", Stats: deliver.Stats{Read: 10, Delivered: 4, Queued: 2, Dropped: map[string]uint64{"invalid": 1}, DeadLettered: map[string]uint64{"too-large": 3}, Failing: true, BreakerOpen: true}, Counts: map[string]uint64{"folded-labels": 3}}},
}

// options show what a test says.
func options(stats capture.Stats) admin.Options {
	return admin.Options{
		Version: "v1.2.3", Stats: func() capture.Stats { return stats }, Self: func() selfwatch.State { return self },
		Positions: func() capture.Positions {
			return capture.Positions{Saved: time.Unix(200, 0).UTC(), Sources: map[string]source.State{"file": {"file:/a.log": json.RawMessage(`{"offset":7}`)}}}
		},
	}
}

var self = selfwatch.State{
	Sample: selfwatch.Sample{Goroutines: 40, Memory: 2e7, Heap: 4e6, Descriptors: 50}, Taken: time.Unix(150, 0),
	Baseline: selfwatch.Sample{Goroutines: 12, Heap: 3e6, Descriptors: 48}, Growing: []string{"goroutines"},
}

// serve runs a Server, and gives a client of its own for it.
func serve(t *testing.T, address string, stats capture.Stats) (get func(path string) (int, string), stop func()) {
	t.Helper()
	s, err := admin.New(address, options(stats))
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
			"/health":                        {`"status": "ok",`, `"problems": [],`},
			"/ready":                         {`"ready": true`},
			"/positions":                     {`"saved": "1970-01-01T00:03:20Z"`, `"file:/a.log": {`, `"offset": 7`},
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
		`logcap_start_time_seconds 100`, `logcap_unrouted_records_total 5`,
		`logcap_checkpoint_last_success_timestamp_seconds 200.5`,
		`logcap_source_records_total{source="file"} 7`,
		`logcap_source_behind_bytes{source="file"} 3`,
		`logcap_source_lost_total{reason="over-long",source="file"} 9`,
		`logcap_stages_joined_records_total 2`, `logcap_stages_failed_records_total 1`, `logcap_stages_split_events_total 3`,
		`logcap_sink_read_records_total{sink="http"} 10`,
		`logcap_sink_deadlettered_records_total{reason="too-large",sink="http"} 3`, `logcap_sink_breaker_open{sink="http"} 1`,
		`logcap_sink_delivered_records_total{sink="http"} 4`,
		`logcap_sink_queued_records{sink="http"} 2`,
		`logcap_sink_dropped_records_total{reason="invalid",sink="http"} 1`,
		`logcap_sink_changed_records_total{sink="http",what="folded-labels"} 3`,
		`logcap_sink_failing{sink="http"} 1`,
		`logcap_goroutines 40`, `logcap_memory_usage_bytes 2e+07`, `logcap_open_fds 50`, `logcap_baseline_goroutines 12`,
		`logcap_growing{what="goroutines"} 1`, `logcap_growing{what="memory"} 0`,
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

// Every source, every sink and the process itself say how they are, and an answer of 503 says why.
func TestDegraded(t *testing.T) {
	stats := full
	stats.Problems = []notice.Problem{
		{Subject: "container web", Text: "stalled"}, {Subject: "records refused by stdout", Text: "too large"},
		{Subject: "self goroutines", Text: "grow"}, {Subject: "sink null queue", Text: "full", Hint: "wait", Since: time.Unix(300, 0).UTC()},
	}
	at := time.Unix(200, 0).UTC()
	stats.Sources = append(stats.Sources, capture.SourceStats{Name: "docker", Stats: source.Stats{Kind: source.Docker, Began: true}}, capture.SourceStats{Name: "late"})
	for _, name := range []string{"stdout", "null", "file", "loki"} {
		st := deliver.Stats{LastSuccess: at}
		if name == "loki" {
			st.LastSuccess = time.Time{}
		}
		stats.Sinks = append(stats.Sinks, capture.SinkStats{Name: name, Stats: st})
	}
	get, stop := serve(t, ":0", stats)
	defer stop()
	code, text := get("/health")
	var h admin.Health
	if err := json.Unmarshal([]byte(text), &h); err != nil {
		t.Fatal(err)
	}
	if code != 503 || h.Status != "degraded" || len(h.Problems) != 4 || h.Problems[3] != (admin.HealthProblem{Subject: "sink null queue", Text: "full", Hint: "wait", Since: time.Unix(300, 0).UTC()}) {
		t.Errorf("%d %s", code, text)
	}
	got := map[string]string{"self": h.Self.Status}
	for _, s := range h.Sources {
		got[s.Name] = s.Status
	}
	for _, s := range h.Sinks {
		got["to "+s.Name] = s.Status
	}
	want := map[string]string{
		"self": "degraded", "docker": "degraded", "late": "starting", "stdin": "ok", "file": "ok",
		"to http": "degraded", "to stdout": "degraded", "to null": "degraded", "to file": "ok", "to loki": "untried",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if h.Sources[0].Behind == nil || *h.Sources[0].Behind != 3 || h.Sources[1].Behind != nil || h.Self.Baseline.Goroutines != 12 || !h.Sinks[2].LastSuccess.Equal(at) {
		t.Errorf("%s", text)
	}
}

// A collector is not ready before it has found what is there, and not at its end.
func TestNotReady(t *testing.T) {
	at := time.Unix(100, 0)
	began := []capture.SourceStats{{Name: "file", Stats: source.Stats{Began: true}}}
	for why, stats := range map[string]capture.Stats{
		"it has not started": {Sources: began},
		"it is ending":       {Started: at, Ending: true, Sources: began},
		"nothing is read: positions cannot be kept":   {Started: at, Paused: true, Sources: began},
		"source docker still looks for what is there": {Started: at, Sources: append(began[:1:1], capture.SourceStats{Name: "docker"})},
	} {
		get, stop := serve(t, ":0", stats)
		code, text := get("/ready")
		var r admin.Ready
		if err := json.Unmarshal([]byte(text), &r); err != nil || code != 503 || r.Ready || r.Why != why {
			t.Errorf("%d %s, want %q; %v", code, text, why, err)
		}
		stop()
	}
}

// Run ends although a request is being answered, and takes it along.
func TestEndWithinRequest(t *testing.T) {
	s, err := admin.New(":0", options(capture.Stats{}))
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
		_, err := admin.New(address, admin.Options{})
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
	if _, err := admin.New("unix:"+path, admin.Options{}); err == nil {
		t.Error("a socket that is in use was taken over")
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := admin.New("unix:"+path, admin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
