//go:build unix

package main

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLongPauses(t *testing.T) {
	bounds := []float64{0, 1e-4, 1e-3, 1e-2, 1}
	before := usage{Counts: []uint64{5, 5, 1, 0}, Bounds: bounds}
	after := usage{Counts: []uint64{9, 6, 1, 2}, Bounds: bounds}
	if long, longest := longPauses(before, after, 1e-3); long != 2 || longest != 1 {
		t.Errorf("%d long ones, the longest %v; want 2 and 1", long, longest)
	}
	if long, longest := longPauses(before, before, 1e-3); long != 0 || longest != 0 {
		t.Errorf("nothing happened and %d long ones, the longest %v", long, longest)
	}
}

// TestTable: a bar that is missed is said and counted.
func TestTable(t *testing.T) {
	good := pair{without: window{Seconds: 60, TargetCPU: 0.1}, with: window{Seconds: 60, TargetCPU: 0.4, CPU: 0.2, RSS: 20 << 20, Ticks: 120}}
	bad := pair{without: window{Seconds: 60}, with: window{Seconds: 60, TargetCPU: 1, Long: 1, CPU: 1, RSS: 50 << 20}}
	for name, test := range map[string]struct {
		pairs []pair
		small bool
		want  int
	}{
		"all met":        {[]pair{good}, true, 0},
		"all missed":     {[]pair{bad}, true, 3},
		"target's alone": {[]pair{bad}, false, 2},
	} {
		var out bytes.Buffer
		if got := printTable(&out, load{small: test.small}, test.pairs); got != test.want || strings.Count(out.String(), "MISSED") != test.want {
			t.Errorf("%s: %d missed, want %d:\n%s", name, got, test.want, out.String())
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"extra"}, {"-pairs", "0"}, {"-window", "1s"}, {"-nonsense"}} {
		var out, errs bytes.Buffer
		if code := run(args, &out, &errs); code != 2 || errs.Len() == 0 {
			t.Errorf("%v: exit %d, said %q", args, code, errs.String())
		}
	}
}
