package faults

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process has taken from the system so far.
type Usage struct {
	CPU         time.Duration // user and system
	Resident    int64         // bytes
	Descriptors int
}

// ticks are the parts of a second in which Linux counts CPU for /proc (USER_HZ), on every platform Go runs on.
const ticks = 100

// UsageOf reads /proc, which only Linux has (proc_pid_stat(5)).
func UsageOf(pid int) (Usage, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	text, err := os.ReadFile(dir + "stat")
	if err != nil {
		return Usage{}, err
	}
	// The name, in parentheses, may hold anything; behind it utime is the 12th field, stime the 13th, rss in pages the 22nd.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 22 {
		return Usage{}, fmt.Errorf("read %sstat: %q has %d fields", dir, text, len(fields))
	}
	var n [3]int64
	for i, at := range []int{11, 12, 21} {
		if n[i], err = strconv.ParseInt(fields[at], 10, 64); err != nil {
			return Usage{}, fmt.Errorf("read %sstat: %w", dir, err)
		}
	}
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		return Usage{}, err
	}
	return Usage{time.Duration(n[0]+n[1]) * time.Second / ticks, n[2] * int64(os.Getpagesize()), len(fds)}, nil
}

// Metrics asks one process for its metrics, over one connection.
type Metrics struct {
	client *http.Client
	base   string
}

// NewMetrics asks at host:port or unix:PATH.
func NewMetrics(address string) *Metrics {
	transport := &http.Transport{}
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		address = "logcap"
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}
	}
	return &Metrics{&http.Client{Timeout: 10 * time.Second, Transport: transport}, "http://" + address}
}

// Get reads one other answer of the same process, within a time.
func Get(address, path string, within time.Duration) ([]byte, error) {
	m := NewMetrics(address)
	defer m.Close()
	m.client.Timeout = within
	return m.get(path)
}

func (m *Metrics) get(path string) ([]byte, error) {
	resp, err := m.client.Get(m.base + path)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("get %s: %s", path, resp.Status)
	}
	return text, err
}

// Close ends the connection.
func (m *Metrics) Close() { m.client.CloseIdleConnections() }

// Values are all metrics, by name with labels as they are written.
type Values map[string]float64

// Ask reads them.
func (m *Metrics) Ask() (Values, error) {
	text, err := m.get("/metrics")
	if err != nil {
		return nil, err
	}
	v := Values{}
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndexByte(strings.TrimSpace(line), ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64); err == nil {
			v[line[:at]] = n
		}
	}
	return v, nil
}

// Value is one of them; that it is not there is an error, so that no bar is held by a name that has changed.
func (v Values) Value(name string) (float64, error) {
	n, ok := v[name]
	if !ok {
		return 0, fmt.Errorf("there is no metric %s", name)
	}
	return n, nil
}
