package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// scenario is a log, how it is sent, and what the receiver must have then.
type scenario struct {
	name, text, options, tenant string
	args                        []string
	check                       func(rows []row) error
}

func scenarios(ctx context.Context, o options, dir string, s *store) error {
	n := o.lines
	if s.loki {
		n = min(n, 5000) // what one answer of Loki's holds
	}
	var many strings.Builder
	var want []string
	for i := range n {
		line := fmt.Sprintf("line %06d of many", i)
		if i%10 == 0 {
			line = "a line that is there more than once"
		}
		want = append(want, line)
		many.WriteString(line + "\n")
	}
	failed := 0
	for _, c := range []scenario{
		{name: "every line, once, in order, also equal ones of one moment", text: many.String(), check: func(rows []row) error { return same(rows, want) }},
		{name: "texts of all kinds", text: "ünïcode ☃ 𝄞\ntab\tand \"quotes\" \\ and \x01\nbytes \xff that are no UTF-8\n" + strings.Repeat("long ", 40000) + "\n",
			check: func(rows []row) error {
				return same(rows, []string{"ünïcode ☃ 𝄞", "tab\tand \"quotes\" \\ and \x01", "bytes \ufffd that are no UTF-8", strings.Repeat("long ", 40000)})
			}},
		{name: "fields as labels and metadata, folded ones too", text: `{"message":"one","level":"in\"fo","user":7,"name":"x","deep":{"a":[1,"ü"]}}` + "\n" + `{"message":"two","level":"warn"}` + "\n",
			args: []string{"--json"}, options: "&labels=level&label-values=1", check: func(rows []row) error {
				return errors.Join(same(rows, []string{"one", "two"}),
					has(rows, 0, "level", `in"fo`, "user", "7", "name_extracted", "x", "deep", `{"a":[1,"ü"]}`, "source", "file"),
					has(rows, 1, "level", "other", "level_folded", "warn"))
			}},
		{name: "whole records", text: "a \"quoted\" line\n", options: "&line=json", check: func(rows []row) error {
			if len(rows) != 1 || !strings.Contains(rows[0].line, `"message":"a \"quoted\" line"`) {
				return fmt.Errorf("got %+v", rows)
			}
			return nil
		}},
		{name: "a tenant", text: "mine\n", tenant: "7", check: func(rows []row) error { return same(rows, []string{"mine"}) }},
	} {
		if err := c.run(ctx, o, dir, s); err != nil {
			failed++
			fmt.Printf("FAILED  %s: %.1000v\n", c.name, err)
			continue
		}
		fmt.Printf("ok      %s\n", c.name)
	}
	if failed > 0 {
		return fmt.Errorf("%d scenarios failed", failed)
	}
	return nil
}

// run sends the log and asks for it until the receiver shows what it should, for 15 s at most.
func (c scenario) run(ctx context.Context, o options, dir string, s *store) error {
	run := fmt.Sprint(time.Now().UnixNano())
	path := filepath.Join(dir, run+".log")
	if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
		return err
	}
	to := "loki=" + s.push + "#add=run:" + run + c.options
	if c.tenant != "" {
		to += "&tenant=" + c.tenant
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.bin, append([]string{"capture", path, "--no-follow", "--to", to}, c.args...)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(500 * time.Millisecond) {
		rows, err := s.rows(ctx, run, c.tenant)
		if err == nil {
			slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.time, b.time) })
			err = c.check(rows)
		}
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// same says how rows, by their times, are not those lines.
func same(rows []row, want []string) error {
	if len(rows) != len(want) {
		return fmt.Errorf("%d lines, want %d", len(rows), len(want))
	}
	for i, r := range rows {
		if r.line != want[i] {
			return fmt.Errorf("line %d is %.200q, want %.200q", i, r.line, want[i])
		}
	}
	return nil
}

// has looks for fields and their values in a row.
func has(rows []row, i int, pairs ...string) error {
	if i >= len(rows) {
		return fmt.Errorf("there is no line %d", i)
	}
	for p := 0; p < len(pairs); p += 2 {
		if got := rows[i].fields[pairs[p]]; got != pairs[p+1] {
			return fmt.Errorf("line %d has %s=%q, want %q", i, pairs[p], got, pairs[p+1])
		}
	}
	return nil
}
