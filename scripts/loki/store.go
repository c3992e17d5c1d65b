package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// store is what pushes go to, and can be asked what it has.
type store struct {
	push, query string // addresses
	loki        bool   // it is asked as Loki is, and not as VictoriaLogs
}

// row is one line as the store has it.
type row struct {
	time   int64 // Unix time in ns
	line   string
	fields map[string]string // labels and metadata
}

// startVictoriaLogs runs it with an empty directory on a free port of this machine.
func startVictoriaLogs(ctx context.Context, bin, data string) (s *store, stop func() error, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, bin, "-storageDataPath="+data, "-httpListenAddr="+address, "-retentionPeriod=7d", "-loggerLevel=WARN")
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start VictoriaLogs: %w", err)
	}
	stop = func() error { return errors.Join(cmd.Process.Signal(syscall.SIGTERM), cmd.Wait()) }
	base := "http://" + address
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		resp, err := http.Get(base + "/health")
		if err == nil {
			_ = resp.Body.Close() // only whether it answers is asked
			// It would make fields of lines that are JSON, by names of its own.
			return &store{push: base + "/insert?disable_message_parsing=1", query: base}, stop, nil
		}
	}
	return nil, nil, errors.Join(errors.New("VictoriaLogs does not answer within 10 s"), stop())
}

// rows are the lines that have the label run with that value, as they come.
func (s *store) rows(ctx context.Context, run, tenant string) ([]row, error) {
	address := s.query + "/select/logsql/query?" + url.Values{"query": {`{run="` + run + `"}`}}.Encode()
	if s.loki {
		address = s.query + "/loki/api/v1/query_range?" + url.Values{"query": {`{run="` + run + `"}`}, "limit": {"5000"}, "since": {"1h"}}.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if tenant != "" {
		req.Header.Set("X-Scope-OrgID", tenant)
		if !s.loki {
			req.Header.Set("AccountID", tenant)
		}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for run %s: %s", run, resp.Status)
	}
	if s.loki {
		return lokiRows(resp)
	}
	var all []row
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		r := row{fields: map[string]string{}}
		if err := json.Unmarshal(lines.Bytes(), &r.fields); err != nil {
			return nil, err
		}
		at, err := time.Parse(time.RFC3339Nano, r.fields["_time"])
		if err != nil {
			return nil, err
		}
		r.time, r.line = at.UnixNano(), r.fields["_msg"]
		all = append(all, r)
	}
	return all, lines.Err()
}

// lokiRows reads Loki's answer to a query.
func lokiRows(resp *http.Response) ([]row, error) {
	var answer struct {
		Data struct {
			Result []struct {
				Stream map[string]string
				Values [][]string
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	var all []row
	for _, stream := range answer.Data.Result {
		for _, v := range stream.Values {
			at, err := strconv.ParseInt(v[0], 10, 64)
			if err != nil {
				return nil, err
			}
			all = append(all, row{at, v[1], stream.Stream})
		}
	}
	return all, nil
}
