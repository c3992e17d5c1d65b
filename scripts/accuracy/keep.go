package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/logcap/logcap/report"
)

// about is case.json, which says what a kept recording is of.
type about struct {
	Case     testCase `json:"case"`
	Hello    hello    `json:"hello"`
	Seconds  float64  `json:"seconds"`
	Interval float64  `json:"interval"`
}

func write(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}

func read(path string, v any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// kept lists the cases of a folder that an earlier run kept.
func kept(folder string) ([]testCase, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*", "case.json"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("read kept recordings: no */case.json in %s: %w", folder, os.ErrNotExist)
	}
	var cases []testCase
	for _, path := range paths {
		var a about
		if err := read(path, &a); err != nil {
			return nil, err
		}
		cases = append(cases, a.Case)
	}
	return cases, nil
}

// remake makes report.json of a kept recording again.
func remake(ctx context.Context, logcap, folder string, c testCase) error {
	dir := filepath.Join(folder, c.name())
	cmd := command(ctx, logcap, "report", filepath.Join(dir, "recording"), "-o", "json="+filepath.Join(dir, "report.json"))
	said := &bytes.Buffer{}
	cmd.Stderr = said
	if err := cmd.Run(); err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		return fmt.Errorf("report: %w: %s", err, lines[0])
	}
	return nil
}

// lastLine is the last thing a process said into a file, for the message that it failed.
func lastLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return lines[len(lines)-1]
}

// conclude judges what is kept of c. A case without a report is an outcome too: failed says why.
func conclude(root, folder string, c testCase, failed error) outcome {
	o := outcome{testCase: c, class: growing, recording: filepath.Join(c.name(), "recording")}
	if c.Kind == healthy {
		o.class = fine
	}
	fail := func(err error) outcome {
		o.failure = err.Error()
		return o
	}
	if failed != nil {
		return fail(failed)
	}
	dir := filepath.Join(folder, c.name())
	var a about
	if err := read(filepath.Join(dir, "case.json"), &a); err != nil {
		return fail(err)
	}
	t, err := truthOf(root, c, a.Hello)
	if err != nil {
		return fail(err)
	}
	var r report.Report
	if err := read(filepath.Join(dir, "report.json"), &r); err != nil {
		return fail(err)
	}
	if r.Schema != report.Schema {
		return fail(fmt.Errorf("report.json says it is %q, and not %q", r.Schema, report.Schema))
	}
	recording := o.recording
	o = judge(c, t, &r)
	o.recording, o.variant = recording, a.Hello.Variant
	if c.Kind == leaky && t.class != stuck {
		o.shape = a.Hello.Plan.Shape
	}
	if a.Interval > 0 {
		o.wanted = int(a.Seconds / a.Interval)
	}
	return o
}
