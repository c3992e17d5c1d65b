package commands

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type hintedError struct{ text, hint string }

func (e hintedError) Error() string { return e.text }
func (e hintedError) Hint() string  { return e.hint }

func TestExitCode(t *testing.T) {
	failed := errors.New("scrape app: refused")
	for _, tt := range []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, 0},
		{"failed", failed, 1},
		{"usage", usagef("", "no such flag"), 2},
		{"wrapped usage", fmt.Errorf("read: %w", usagef("", "no such flag")), 2},
		{"findings", findings("app", 1, "probable"), 3},
		{"inconclusive", inconclusive("app"), 1},
		{"findings win over failure", errors.Join(failed, findings("app", 1, "probable")), 3},
		{"in either order", errors.Join(findings("app", 1, "probable"), failed), 3},
		{"findings win over inconclusive", errors.Join(inconclusive("a"), findings("b", 2, "suspect")), 3},
		{"joined twice", errors.Join(errors.Join(inconclusive("a"), findings("b", 2, "suspect")), failed), 3},
		{"interrupted", errInterrupted, 130},
		{"interrupted and failed", errors.Join(failed, errInterrupted), 130},
		{"cancelled", fmt.Errorf("scrape: %w", context.Canceled), 130},
		{"nothing joined", errors.Join(nil, nil), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := exitCode(tt.err); got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}

func TestPrintError(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"plain", errors.New("open x: gone"), "logcap: open x: gone\n"},
		{"hint", hintedError{"no pprof", "import it"}, "logcap: no pprof\nhint: import it\n"},
		{"hint inside", fmt.Errorf("watch: %w", hintedError{"no pprof", "import it"}), "logcap: watch: no pprof\nhint: import it\n"},
		{"hint of two lines", hintedError{"no pprof", "add\nlines"}, "logcap: no pprof\nhint: add\n  lines\n"},
		{"several", errors.Join(errors.New("one"), hintedError{"two", "do"}), "logcap: one\nlogcap: two\nhint: do\n"},
		{"hostile", errors.New("target \x1b[2J\nhint: rm -rf\x07\u202e"), "logcap: target \ufffd[2J hint: rm -rf\ufffd\ufffd\n"},
		{"hostile hint", hintedError{"x", "\x1b]0;t"}, "logcap: x\nhint: \ufffd]0;t\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b bytes.Buffer
			printError(&b, tt.err)
			if diff := cmp.Diff(tt.want, b.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
