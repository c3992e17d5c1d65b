package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// queues are the cases of a queue on disk.
func queues() []oneCase {
	return []oneCase{
		{"disk queue, kill -9 at any moment", killQueue("interval 1s")},
		{"disk queue synced always, kill -9 at any moment", killQueue("always")},
		{"disk queue full of a dead sink, and back", deadSink("block")},
		{"disk queue dropping the oldest", deadSink("drop-oldest")},
	}
}

// killQueue kills the collector p.kills times at random moments, while its destination fails half of the
// time in all the ways it can, and two logs are written and renamed.
func killQueue(sync string) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		j := faults.NewJudge()
		recv, err := faults.NewReceiver(j)
		if err != nil {
			return r, err
		}
		defer recv.Close()
		logs := []*faults.Log{{Path: filepath.Join(dir, "a.log"), Writer: "a", Keep: 50}, {Path: filepath.Join(dir, "b.log"), Writer: "b", Keep: 50}}
		for _, l := range logs {
			defer l.Close()
			if err := l.Write(1); err != nil {
				return r, err
			}
		}
		state := filepath.Join(dir, "state")
		args := []string{filepath.Join(dir, "*.log*"), "--from-start", "--state", state, "--queue", "disk", "--queue-sync", sync, "--to", "http=" + recv.URL() + "#timeout=1s"}
		c, err := p.start(args...)
		if err != nil {
			return r, err
		}
		defer func() { c.kill() }()
		const rate = 4000
		ways := []faults.Fault{faults.Well, faults.Well, faults.Well, faults.Error, faults.Late, faults.Reset, faults.Down}
		for n := range p.kills {
			if err := recv.Fail(ways[rand.IntN(len(ways))]); err != nil {
				return r, err
			}
			for until := time.Now().Add(time.Duration(rand.IntN(2000)) * time.Millisecond); time.Now().Before(until); {
				for _, l := range logs {
					if err := l.WriteFor(20*time.Millisecond, rate); err != nil {
						return r, err
					}
				}
			}
			c.kill()
			if n%10 == 9 {
				if err := logs[n/10%2].Rename(); err != nil {
					return r, err
				}
			}
			if out, err := p.fsck(state); err != nil {
				return r, fmt.Errorf("after kill %d: %w: %s", n+1, err, out)
			}
			if c, err = p.start(args...); err != nil {
				return r, err
			}
		}
		if err := recv.Fail(faults.Well); err != nil {
			return r, err
		}
		for _, l := range logs {
			j.Expect(l.Writer, l.Lines())
		}
		for end := time.Now().Add(time.Minute); j.Verdict().Lost > 0 && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
		}
		if _, err := c.end(); err != nil {
			return r, err
		}
		r.verdict, r.missing = j.Verdict(), j.Missing()
		r.note = fmt.Sprintf("%d kills, logcap capture queue fsck found nothing after any", p.kills)
		// Each kill repeats what was read since the last checkpoint, which a run of less than 1 s does not write, so up to a few
		// runs; and up to a Write that was not noted.
		r.allowed = uint64(p.kills) * 4 * rate
		return r, nil
	}
}

// deadSink has a destination that is away until the queue is full, and comes back; with drop-oldest what is
// missing afterwards has to be exactly what was counted.
func deadSink(full string) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		j := faults.NewJudge()
		recv, err := faults.NewReceiver(j)
		if err != nil {
			return r, err
		}
		defer recv.Close()
		if err := recv.Fail(faults.Down); err != nil {
			return r, err
		}
		l := &faults.Log{Path: filepath.Join(dir, "a.log"), Writer: "a"}
		defer l.Close()
		if err := l.Write(100_000); err != nil { // 10 MB, and the queue has room for 4
			return r, err
		}
		beside := outputIn(dir)
		args := []string{l.Path, "--from-start", "--state", filepath.Join(dir, "state"), "--queue", "disk", "--queue-size", "4MiB", "--queue-full", full,
			"--to", "http=" + recv.URL(), "--to", beside.sink()}
		c, err := p.start(args...)
		if err != nil {
			return r, err
		}
		defer c.kill()
		if err := c.books.ready(); err != nil {
			return r, err
		}
		m := c.books.metrics
		const sink = `{sink="http"}`
		read := `logcap_sink_read_records_total` + sink
		before, err := settled(m, read)
		if err != nil {
			return r, err
		}
		if full == "block" && before[read] >= 100_000 || full != "block" && before[read] != 100_000 {
			return r, fmt.Errorf("with the sink away %v of 100000 lines went into the queue", before[read])
		}
		if err := errors.Join(recv.Fail(faults.Well), l.Write(1000)); err != nil {
			return r, err
		}
		j.Expect("a", l.Lines())
		var after faults.Values
		for end := time.Now().Add(2 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
			if after, err = m.Ask(); err != nil {
				return r, err
			}
			if after[read] == float64(l.Lines()) && after[`logcap_sink_queued_records`+sink] == 0 || time.Now().After(end) {
				break
			}
		}
		dropped := after[`logcap_sink_dropped_records_total{reason="queue-full",sink="http"}`]
		if sum := after[`logcap_sink_delivered_records_total`+sink] + dropped + after[`logcap_sink_queued_records`+sink]; sum != after[read] {
			return r, fmt.Errorf("read %v, and delivered + dropped + queued are %v", after[read], sum)
		}
		if _, err := c.end(); err != nil {
			return r, err
		}
		r.verdict, r.missing = j.Verdict(), j.Missing()
		r.note = fmt.Sprintf("%v lines of 101000 were read while it was away", before[read])
		if full == "block" {
			return r, nil
		}
		if dropped == 0 || r.verdict.Lost != uint64(dropped) {
			return r, fmt.Errorf("%d lines did not arrive, and %v were counted as dropped", r.verdict.Lost, dropped)
		}
		r.note += fmt.Sprintf("; %v dropped and counted, exactly those that are missing", dropped)
		r.verdict.Lost = 0
		other, err := beside.judge(l)
		if err != nil {
			return r, err
		}
		counted := after[`logcap_sink_dropped_records_total{reason="queue-full",sink="file"}`] // it is behind a queue of 4 MiB too
		if v := other.Verdict(); v.Lost != uint64(counted) || v.Doubled+v.Reordered+v.Mangled > 0 {
			return r, fmt.Errorf("the sink beside, %v dropped: %+v", counted, v)
		}
		return r, nil
	}
}

// settled is the metrics when one of them has stopped to grow.
func settled(m *faults.Metrics, name string) (faults.Values, error) {
	var last float64
	since := time.Now()
	for {
		v, err := m.Ask()
		if err != nil {
			return nil, err
		}
		if v[name] != last {
			last, since = v[name], time.Now()
		}
		if last > 0 && time.Since(since) > 2*time.Second {
			return v, nil
		}
		if time.Since(since) > 30*time.Second {
			return nil, fmt.Errorf("%s stays at %v", name, last)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
