package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/internal/faults"
	"github.com/logcap/logcap/internal/standin"
)

// outages are the cases of destinations that fail.
func outages() []oneCase {
	var all []oneCase
	for _, f := range []faults.Fault{faults.Down, faults.Error, faults.Busy, faults.Late, faults.Reset} {
		all = append(all, oneCase{"http sink " + string(f), outage(f)})
	}
	all = append(all,
		oneCase{"SIGTERM with a sink that is down", endWith(faults.Down)},
		oneCase{"SIGTERM with a sink that hangs", endWith(faults.Late)},
		oneCase{"SIGTERM with an engine that hangs", endWithEngine},
	)
	return append(all, fullDisks()...)
}

// outage writes two files at a moderate rate while their destination fails for a time.
func outage(f faults.Fault) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		j := faults.NewJudge()
		recv, err := faults.NewReceiver(j)
		if err != nil {
			return r, err
		}
		defer recv.Close()
		logs := []*faults.Log{{Path: filepath.Join(dir, "a.log"), Writer: "a"}, {Path: filepath.Join(dir, "b.log"), Writer: "b"}}
		for _, l := range logs {
			defer l.Close()
			if err := l.Write(1); err != nil {
				return r, err
			}
		}
		c, err := p.start(filepath.Join(dir, "*.log"), "--from-start", "--state", filepath.Join(dir, "state"), "--to", "http="+recv.URL()+"#timeout=5s")
		if err != nil {
			return r, err
		}
		defer c.kill()
		const rate = 2000
		write := func(d time.Duration) error {
			for end := time.Now().Add(d); time.Now().Before(end); {
				for _, l := range logs {
					if err := l.WriteFor(50*time.Millisecond, rate); err != nil {
						return err
					}
				}
			}
			return nil
		}
		err = errors.Join(write(2*time.Second), recv.Fail(f), write(p.outage), recv.Fail(faults.Well), write(time.Second))
		if err != nil {
			return r, err
		}
		for _, l := range logs {
			j.Expect(l.Writer, l.Lines())
		}
		for end := time.Now().Add(90 * time.Second); j.Verdict().Lost > 0 && time.Now().Before(end); {
			time.Sleep(100 * time.Millisecond)
		}
		if _, err := c.end(); err != nil {
			return r, err
		}
		r.verdict, r.missing = j.Verdict(), j.Missing()
		r.note = fmt.Sprintf("away for %v; %d requests refused", p.outage, recv.Refused.Load())
		if recv.Refused.Load() == 0 && f != faults.Down {
			return r, errors.New("nothing was refused: the case proves nothing")
		}
		return r, nil
	}
}

// endWith ends a collector whose destination takes nothing: within the drain timeout, and the next one loses nothing.
func endWith(f faults.Fault) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		j := faults.NewJudge()
		recv, err := faults.NewReceiver(j)
		if err != nil {
			return r, err
		}
		defer recv.Close()
		l := &faults.Log{Path: filepath.Join(dir, "a.log"), Writer: "a"}
		defer l.Close()
		if err := errors.Join(l.Write(10_000), recv.Fail(f)); err != nil {
			return r, err
		}
		const drain = 3 * time.Second
		args := []string{l.Path, "--from-start", "--state", filepath.Join(dir, "state"), "--drain-timeout", drain.String(), "--to", "http=" + recv.URL()}
		c, err := p.start(args...)
		if err != nil {
			return r, err
		}
		defer func() { c.kill() }()
		time.Sleep(2 * time.Second)
		took, err := c.end()
		if err != nil {
			return r, err
		}
		if took > drain {
			return r, fmt.Errorf("it took %v to end", took)
		}
		r.note = fmt.Sprintf("ended %.1f s after SIGTERM, allowed %v", took.Seconds(), drain)
		if err := recv.Fail(faults.Well); err != nil {
			return r, err
		}
		if c, err = p.start(args...); err != nil {
			return r, err
		}
		j.Expect("a", l.Lines())
		for end := time.Now().Add(30 * time.Second); j.Verdict().Lost > 0 && time.Now().Before(end); {
			time.Sleep(50 * time.Millisecond)
		}
		if _, err := c.end(); err != nil {
			return r, err
		}
		r.verdict, r.missing = j.Verdict(), j.Missing()
		return r, nil
	}
}

// endWithEngine ends a collector whose engine has stopped to answer, with streams that are open: within the drain timeout.
func endWithEngine(p *plan, dir string) (r result, err error) {
	e, err := standin.New(standin.Options{Path: filepath.Join(dir, "docker.sock")})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	j := faults.NewJudge()
	var line []byte
	const containers, lines = 5, 1000
	for i := range containers {
		c := e.Create(standin.Spec{Name: fmt.Sprint("c", i)})
		c.Start()
		for n := range uint64(lines) {
			line = faults.AppendLine(line[:0], c.Name(), n+1, 100)
			c.Write(1, line)
		}
		j.Expect(c.Name(), lines)
	}
	const drain = 3 * time.Second
	out := filepath.Join(dir, "out.jsonl")
	c, err := p.startWith([]string{"DOCKER_HOST=" + e.Host()}, "--docker-read", "api", "--from-start", "--drain-timeout", drain.String(), "--to", "file="+out)
	if err != nil {
		return r, err
	}
	defer func() { c.kill() }()
	time.Sleep(2 * time.Second)
	e.Hang(true)
	time.Sleep(time.Second)
	took, err := c.end()
	if err != nil {
		return r, err
	}
	if took > drain {
		return r, fmt.Errorf("it took %v to end", took)
	}
	r.note = fmt.Sprintf("ended %.1f s after SIGTERM, allowed %v", took.Seconds(), drain)
	f, err := os.Open(out)
	if err != nil {
		return r, err
	}
	defer f.Close()
	if err := j.ReadLines(f); err != nil {
		return r, err
	}
	r.verdict, r.missing = j.Verdict(), j.Missing()
	return r, nil
}
