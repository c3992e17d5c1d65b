package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func metrics(t *testing.T, text string) *Metrics {
	t.Helper()
	m, err := ReadMetrics(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// The fixture is a page of Prometheus' own Go client v1.25 with every runtime
// metric, two workload gauges and a counter, without its histograms' buckets.
func TestClientGolang(t *testing.T) {
	m := metrics(t, string(fixture(t, "testdata/client_golang.metrics.txt")))
	want := []Sample{
		{"go_goroutines", "", 4, Goroutines},
		{"go_sched_goroutines_goroutines", "", 11, Goroutines},
		{"process_open_fds", "", 9, Descriptors},
		{"process_max_fds", "", 20000, DescriptorLimit},
		{"process_resident_memory_bytes", "", m.value("process_resident_memory_bytes"), Memory},
		{"http_requests_in_flight", "", 12, Workload},
		{"shop_open_sessions", `{tenant="a|b\n<script>"}`, 3, Workload},
		{"shop_open_sessions", `{tenant="c"}`, 4, Workload},
	}
	if d := cmp.Diff(want, m.Gauges); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if m.GoVersion != "go1.26.8" || m.StartTime < 1.7e9 || m.Created != 17 || m.value("process_resident_memory_bytes") < 1<<20 {
		t.Errorf("%+v", m)
	}
	if m.MemStats["go_memstats_sys_bytes"] < 1<<20 || m.MemStats["go_memstats_stack_inuse_bytes"] <= 0 {
		t.Errorf("memstats %v", m.MemStats)
	}
	if len(m.Warnings) > 0 || m.Skipped > 0 || m.Lines < 200 {
		t.Errorf("%d lines, %d skipped, warnings %q", m.Lines, m.Skipped, m.Warnings)
	}
}

func (m *Metrics) value(name string) float64 {
	for _, g := range m.Gauges {
		if g.Name == name {
			return g.Value
		}
	}
	return -1
}

func TestRoles(t *testing.T) {
	for name, want := range map[string]Role{
		"go_goroutines": Goroutines, "app_goroutines": Goroutines, "go_sched_goroutines_waiting_goroutines": "",
		"go_sched_goroutines_created_goroutines_total": "",
		"process_open_fds": Descriptors, "namespace_process_open_fds": Descriptors, "process_max_fds": DescriptorLimit,
		"go_gc_gomemlimit_bytes": MemoryLimit, "process_resident_memory_bytes": Memory,
		"http_in_flight_requests": Workload, "grpc_server_streams": Workload, "db_connections_open": Workload, "active_users": Workload,
		"queue_length": Workload, "rpc:sessions:current": Workload, "http_server_active_requests": Workload,
		"http_requests_total": "", "http_requests_count": "", "requests_sum": "", "db_max_open_connections": "", "queue_capacity": "",
		"active_seconds": "", "go_sched_active_threads": "", "promhttp_metric_handler_requests_in_flight": "", "temperature_celsius": "", "reopened": "",
	} {
		if got := roleOf(name, ""); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
		if got := roleOf(name, "counter"); got != "" {
			t.Errorf("counter %s is %q", name, got)
		}
	}
}

func TestMetricsForms(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []Sample
		says string
	}{
		"time stamp":      {"go_goroutines 7 1762411341000\n", []Sample{{"go_goroutines", "", 7, Goroutines}}, ""},
		"no newline":      {"go_goroutines 7", []Sample{{"go_goroutines", "", 7, Goroutines}}, ""},
		"crlf":            {"go_goroutines 7\r\nx 1\r\n", []Sample{{"go_goroutines", "", 7, Goroutines}}, ""},
		"labels sorted":   {`app_goroutines{b="2",a="1"} 7`, []Sample{{"app_goroutines", `{a="1",b="2"}`, 7, Goroutines}}, ""},
		"twice":           {"go_goroutines 7\ngo_goroutines 8\n", []Sample{{"go_goroutines", "", 7, Goroutines}}, ""},
		"not a number":    {"go_goroutines NaN\nx 1\n", nil, ""},
		"infinite":        {"app_active_jobs +Inf\n", nil, ""},
		"no limit":        {"go_gc_gomemlimit_bytes 9.223372036854776e+18\nprocess_max_fds 1.8446744073709552e+19\n", nil, ""},
		"a limit":         {"go_gc_gomemlimit_bytes 1.073741824e+09\n", []Sample{{"go_gc_gomemlimit_bytes", "", 1 << 30, MemoryLimit}}, ""},
		"counter":         {"# TYPE shop_sessions counter\nshop_sessions 7\n", nil, ""},
		"broken line":     {"go_goroutines seven\nprocess_open_fds 9\n", []Sample{{"process_open_fds", "", 9, Descriptors}}, `line 1 is no metric and is left out: "go_goroutines seven"`},
		"open label":      {"app_goroutines{a=\"1 7\nprocess_open_fds 9\n", []Sample{{"process_open_fds", "", 9, Descriptors}}, "line 1 is no metric"},
		"control bytes":   {"go_goroutines \x1b[31m\nprocess_open_fds 9\n", []Sample{{"process_open_fds", "", 9, Descriptors}}, `"go_goroutines \x1b[31m"`},
		"openmetrics end": {"go_goroutines 7\n# EOF\n", []Sample{{"go_goroutines", "", 7, Goroutines}}, ""},
		"nothing of use":  {"temperature_celsius 21\n", nil, ""},
	} {
		m := metrics(t, c.text)
		if d := cmp.Diff(c.want, m.Gauges); d != "" {
			t.Errorf("%s: -want +got\n%s", name, d)
		}
		got := strings.Join(m.Warnings, "\n")
		if c.says == "" && got != "" || !strings.Contains(got, c.says) || (got != "") != (m.Skipped > 0) {
			t.Errorf("%s: %d skipped, warnings %q", name, m.Skipped, got)
		}
	}
}

func TestNotMetrics(t *testing.T) {
	for _, text := range []string{"", "\n\n", "# TYPE go_goroutines gauge\n", "<html><body>404 12</body></html>\n", `{"goroutines": 12}`,
		"goroutine 1 [running]:\nmain.main()\n", "\x00\x01\x02", "404 page not found\n", "404 12\n", "go_goroutines\n"} {
		if m, err := ReadMetrics(strings.NewReader(text)); !errors.Is(err, ErrNoMetrics) {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
	broken := errors.New("connection reset")
	if _, err := ReadMetrics(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

// One series a tenant may be very many; what matters more is kept before and after them.
func TestManySeries(t *testing.T) {
	var b strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&b, "open_sessions{tenant=\"%d\"} %d\n", i, i)
	}
	b.WriteString("process_open_fds 9\n")
	m := metrics(t, b.String())
	if len(m.Gauges) != maxSamples+1 || m.Gauges[0].Name != "process_open_fds" {
		t.Errorf("%d gauges, first %+v", len(m.Gauges), m.Gauges[0])
	}
	if d := cmp.Diff([]string{"1700 more workload series are left out after the first 300"}, m.Warnings); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

func FuzzReadMetrics(f *testing.F) {
	f.Add([]byte("# TYPE go_goroutines gauge\ngo_goroutines 7 1762411341000\n"))
	f.Add([]byte("app_goroutines{a=\"x\\\"\\n\",b=\"\\\\\"} 1e3\nprocess_open_fds NaN\n"))
	f.Add([]byte("go_info{version=\"go1.26\"} 1\ngo_memstats_sys_bytes 5\nprocess_start_time_seconds 1.7e9\n"))
	f.Add([]byte("open_sessions{tenant=\"a\"} 3 # {trace_id=\"x\"} 1\n# EOF\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ReadMetrics(bytes.NewReader(b))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		for _, g := range m.Gauges {
			if g.Role == "" || g.Name == "" || strings.ContainsAny(g.Labels, "\n\x00\x1b") {
				t.Fatalf("gauge %+v", g)
			}
		}
		for _, w := range append(m.Warnings, m.GoVersion) {
			if strings.ContainsAny(w, "\n\x00\x1b") {
				t.Fatalf("text %q", w)
			}
		}
	})
}
