package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// selfFaults are a collector that grows, and one whose configuration is broken.
func selfFaults() []fault {
	const told, again = 6 * time.Second, 4 * time.Second
	return []fault{
		{name: "the collector's goroutines grow", subject: "self goroutines", soon: told, back: again, quick: true, run: grows(0)},
		{name: "the collector's descriptors grow", subject: "self descriptors", soon: told, back: again, run: grows(0)},
		{name: "the collector's memory grows", subject: "self memory", soon: told, back: 8 * time.Second, run: grows(800 << 10)},
		{name: "a configuration is broken while it is in force", subject: "configuration", soon: 4 * time.Second, back: 4 * time.Second, run: brokenConfig},
	}
}

// slow is how many requests are made to the collector that take their time: each is a connection, two goroutines and what its header holds.
const slow = 300

// grows makes the collector grow for real: requests for profiles of five minutes, with so many bytes of header, that nobody needs.
func grows(header int) func(*trial) error {
	return func(t *trial) error {
		if err := t.lines(1); err != nil {
			return err
		}
		if err := t.start("app.log", "--to", "null"); err != nil {
			return err
		}
		if _, err := t.until("it has a baseline", starts, func(a *answer) bool { return a.Self.Baseline != nil }); err != nil {
			return err
		}
		request := "GET /debug/pprof/goroutine?seconds=300 HTTP/1.1\r\nHost: collector\r\n"
		if header > 0 {
			request += "X-Ballast: " + strings.Repeat("x", header) + "\r\n"
		}
		var open []net.Conn
		shut := func() (err error) {
			for _, c := range open {
				err = errors.Join(err, c.Close())
			}
			open = nil
			return err
		}
		err := t.measure(
			func() error {
				for range slow {
					c, err := net.Dial("unix", t.socket())
					if err != nil {
						return err
					}
					open = append(open, c)
					if _, err := fmt.Fprint(c, request+"\r\n"); err != nil {
						return err
					}
				}
				return nil
			}, shut)
		return errors.Join(err, shut())
	}
}

// brokenConfig writes a configuration that cannot be used over one that is in force, and then one that can.
func brokenConfig(t *trial) error {
	if err := t.lines(1); err != nil {
		return err
	}
	file := t.path("logcap.yaml")
	write := func(kind string) func() error {
		text := "sources:\n  app:\n    type: file\n    paths: [" + t.path("app.log") + "]\nsinks:\n  out:\n    type: " + kind + "\n"
		return func() error { return os.WriteFile(file, []byte(text), 0o644) }
	}
	if err := write("null")(); err != nil {
		return err
	}
	if err := t.start("-c", file); err != nil {
		return err
	}
	return t.measure(write("nul"), write("null"))
}
