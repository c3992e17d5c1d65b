package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFlagsThatAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-seeds", "1,two"}, {"-styles", "func,loop"}, {"-only", "("}, {"-parallel", "0"}, {"-duration", "0s"}, {"extra"}, {"-nonsense"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(context.Background(), args, &stdout, &stderr); code != 2 {
			t.Errorf("%q ends with %d, want 2", args, code)
		}
		if stdout.Len() > 0 || stderr.Len() == 0 {
			t.Errorf("%q: stdout %q, stderr %q: want the reason on stderr", args, &stdout, &stderr)
		}
	}
}

func TestHelpIsNoError(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(context.Background(), []string{"-h"}, &stdout, &stderr); code != 0 {
		t.Errorf("-h ends with %d", code)
	}
	if !strings.Contains(stderr.String(), "-markdown") {
		t.Errorf("-h does not tell the flags: %s", &stderr)
	}
}
