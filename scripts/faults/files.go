package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/logcap/logcap/internal/faults"
)

// cases are all of them, in the order of the table.
func cases() []oneCase {
	rename, truncate := (*faults.Log).Rename, (*faults.Log).CopyTruncate
	return append([]oneCase{
		{"rename", rotating(rename, 0)},
		{"copytruncate", rotating(truncate, 0)},
		{"kill -9 twice", rotating(nil, 2)},
		{"kill -9 twice while renaming", rotating(rename, 2)},
		{"kill -9 twice while copytruncating", rotating(truncate, 2)},
		{"renamed and compressed while down", compressedWhileDown(rename)},
		{"copytruncated and compressed while down", compressedWhileDown(truncate)},
		{"a line in two parts", twoParts},
	}, append(outages(), append(queues(), reloads()...)...)...)
}

// rotating writes p.lines at p.rate, rotates each second, and kills the collector so many times.
func rotating(rotate func(*faults.Log) error, kills int) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		l := &faults.Log{Path: filepath.Join(dir, "app.log"), Writer: "app"}
		defer l.Close()
		if err := l.Write(0); err != nil {
			return r, err
		}
		out := outputIn(dir)
		args := []string{filepath.Join(dir, "app.log*"), "--from-start", "--state", filepath.Join(dir, "state"), "--to", out.sink()}
		c, err := p.start(args...)
		if err != nil {
			return r, err
		}
		defer func() { c.kill() }()
		time.Sleep(300 * time.Millisecond)
		seconds := max(1, p.lines/p.rate)
		killAt := map[int]bool{}
		for len(killAt) < min(kills, seconds) {
			killAt[1+rand.IntN(max(1, seconds-1))] = true
		}
		for s := range seconds {
			if killAt[s] || kills > 0 && seconds == 1 {
				time.Sleep(time.Duration(rand.IntN(300)) * time.Millisecond)
				c.kill()
				if c, err = p.start(args...); err != nil {
					return r, err
				}
			}
			if err := l.WriteFor(time.Second, p.rate); err != nil {
				return r, err
			}
			if rotate != nil && s < seconds-1 {
				if err := rotate(l); err != nil {
					return r, err
				}
			}
		}
		out.settle(2*time.Second, time.Minute)
		if _, err := c.end(); err != nil {
			return r, err
		}
		r.allowed = uint64(kills * p.rate) // what one checkpoint interval of 1 s holds
		return r.judge(out, l)
	}
}

// judge fills in what came out.
func (r result) judge(out output, logs ...*faults.Log) (result, error) {
	j, err := out.judge(logs...)
	if err != nil {
		return r, err
	}
	r.verdict, r.missing = j.Verdict(), append(j.Missing(), j.Late()...)
	return r, nil
}

// compressedWhileDown rotates and compresses what the collector has not read, while it is not running.
func compressedWhileDown(rotate func(*faults.Log) error) func(*plan, string) (result, error) {
	return func(p *plan, dir string) (r result, err error) {
		l := &faults.Log{Path: filepath.Join(dir, "app.log"), Writer: "app", Keep: 10}
		defer l.Close()
		part := p.lines / 6
		if err := l.Write(part); err != nil {
			return r, err
		}
		out := outputIn(dir)
		args := []string{l.Path, "--from-start", "--state", filepath.Join(dir, "state"), "--to", out.sink()}
		c, err := p.start(args...)
		if err != nil {
			return r, err
		}
		defer func() { c.kill() }()
		out.settle(time.Second, time.Minute)
		if err := l.Write(part); err != nil { // some of it is read, some is not
			return r, err
		}
		c.kill()
		for range 3 {
			if err := l.Write(part); err != nil {
				return r, err
			}
			if err := errors.Join(rotate(l), l.Compress()); err != nil {
				return r, err
			}
			time.Sleep(20 * time.Millisecond) // times of files tell their order
		}
		if err := l.Write(part); err != nil {
			return r, err
		}
		if c, err = p.start(args...); err != nil {
			return r, err
		}
		out.settle(4*time.Second, 2*time.Minute)
		if _, err := c.end(); err != nil {
			return r, err
		}
		r.allowed = uint64(2 * part)
		return r.judge(out, l)
	}
}

// twoParts writes the first half of a line, waits, and writes the second.
func twoParts(p *plan, dir string) (r result, err error) {
	path := filepath.Join(dir, "app.log")
	f, err := os.Create(path)
	if err != nil {
		return r, err
	}
	defer f.Close()
	out := outputIn(dir)
	c, err := p.start(path, "--from-start", "--to", out.sink())
	if err != nil {
		return r, err
	}
	defer c.kill()
	line := faults.AppendLine(nil, "app", 1, 200)
	for i, part := range [][]byte{line[:90], line[90:]} {
		if i > 0 {
			time.Sleep(p.pause)
		}
		if _, err := f.Write(part); err != nil {
			return r, err
		}
	}
	out.settle(2*time.Second, 20*time.Second)
	if _, err := c.end(); err != nil {
		return r, err
	}
	j := faults.NewJudge()
	j.Expect("app", 1)
	in, err := os.Open(out.path)
	if err != nil {
		return r, err
	}
	defer in.Close()
	err = j.ReadLines(in)
	r.verdict, r.note = j.Verdict(), fmt.Sprintf("%v apart", p.pause)
	return r, err
}
