package main

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string // in what it prints, to either stream
	}{
		{[]string{"-rate", "-runs", "20"}, 0, "interval covers 32"},
		{[]string{"-runs", "2", "-only", "steady leak"}, 0, "steady leak, 10 - 200 a minute"},
		{[]string{"-instep", "-runs", "2"}, 0, "tickers of one period, not at once"},
		{[]string{"-runs", "0"}, 2, "at least one run"},
		{[]string{"-unknown"}, 2, "Usage"},
		{[]string{"argument"}, 2, "no arguments"},
	} {
		var first, again bytes.Buffer
		if code := run(c.args, &first, &first); code != c.code || !strings.Contains(first.String(), c.says) {
			t.Errorf("%v: exit %d, want %d and %q:\n%s", c.args, code, c.code, c.says, first.String())
		}
		run(c.args, &again, &again)
		if first.String() != again.String() {
			t.Errorf("%v: two runs differ", c.args)
		}
	}
}

// A series and its dumps are of the same goroutines, or the rules would be compared on different things.
func TestSampleAndDumpAgree(t *testing.T) {
	for _, s := range services() {
		lives := s.lives(rand.New(rand.NewPCG(5, 1)), 60)
		points := sample(lives, 5, 60)
		times := make([]float64, len(points))
		for i, p := range points {
			times[i] = p.T
		}
		for i, d := range dump(lives, times) {
			if float64(len(d.IDs)) != points[i].N {
				t.Errorf("%s at %g s: %d ids, counted %g", s.name, d.T, len(d.IDs), points[i].N)
			}
		}
	}
}
