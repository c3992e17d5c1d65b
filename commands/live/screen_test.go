package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/logcap/logcap/analyze/watch"
)

// modelOf shows targets on a screen of that size, 65 seconds into a watch of two minutes.
func modelOf(width, height int, targets ...watch.Progress) model {
	m := newModel(plan{Interval: 500 * time.Millisecond, Duration: 2 * time.Minute, Recording: "/tmp/logcap-1"}, make([]string, len(targets)))
	news := make([]*snapshot, len(targets))
	for i, p := range targets {
		s := take(p)
		news[i] = &s
	}
	return m.resized(width, height).with(65*time.Second, news)
}

// typing presses keys one after the other; a name of several letters is one key.
func typing(m model, keys ...string) model {
	for _, key := range keys {
		text := key
		if len(key) > 1 {
			text = ""
		}
		m, _ = m.press(key, text)
	}
	return m
}

func TestScreens(t *testing.T) {
	leak := withJudgement(shop(21))
	for _, tt := range []struct {
		name  string
		model model
		color bool
	}{
		{"before", modelOf(80, 24, shop(0)), false},
		{"first-sample", modelOf(80, 24, shop(1)), false},
		{"growing", modelOf(80, 24, shop(21)), false},
		{"probable", modelOf(80, 24, leak), false},
		{"probable-colour", modelOf(80, 24, leak), true},
		{"narrow", modelOf(60, 20, leak), false},
		{"too-narrow", modelOf(34, 9, leak), false},
		{"wide", modelOf(200, 20, leak), false},
		{"open", typing(modelOf(80, 30, leak), "enter"), false},
		{"open-scrolled", typing(modelOf(60, 15, leak), "enter", "j", "j", "j"), false},
		{"victim", typing(modelOf(80, 24, leak), "j", "enter"), false},
		{"by-count", typing(modelOf(80, 24, leak), "s"), false},
		{"filter-typed", typing(modelOf(80, 24, leak), "/", "s", "t", "o"), false},
		{"filter-none", typing(modelOf(80, 24, leak), "/", "z", "z", "enter"), false},
		{"paused", typing(modelOf(80, 24, leak), "p").with(70*time.Second, []*snapshot{nil}), false},
		{"ending", typing(modelOf(80, 24, leak), "q"), false},
		{"help", typing(modelOf(80, 24, leak), "?"), false},
		{"no-answer", modelOf(80, 24, failing(leak, "get http://shop:6060/debug/pprof/goroutine: connection refused")), false},
		{"never-answered", modelOf(80, 24, failing(shop(0), "get http://shop:6060/debug/pprof/goroutine: connection refused")), false},
		{"several", typing(modelOf(80, 24, shop(8), leak, failing(shop(3), "timeout")), "right"), false},
		{"hostile", modelOf(100, 14, hostile()), false},
		{"hostile-open", typing(modelOf(60, 24, hostile()), "enter"), false},
		{"crowd", typing(modelOf(80, 16, crowd(600)), "end"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.model.draw(newPalette(tt.color)) + "\n"
			file := filepath.Join("testdata", "live", tt.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

// Whatever the size and whatever the names, the screen is as large as the
// terminal and holds nothing that a terminal acts on.
func TestScreenKeepsWithinTheTerminal(t *testing.T) {
	targets := []watch.Progress{hostile(), withJudgement(shop(21)), crowd(40), failing(hostile(), "no\x1b[2J\n route")}
	for width := 1; width < 130; width += 9 {
		for _, height := range []int{1, 2, 11, 12, 40} {
			for _, keys := range [][]string{nil, {"?"}, {"enter"}, {"/", "x"}, {"p"}, {"q"}, {"end", "enter", "end"}} {
				m := modelOf(width, height, targets...)
				for range targets {
					m = typing(m, keys...)
					checkScreen(t, m)
					m = m.turn(1)
				}
			}
		}
	}
}

func checkScreen(t *testing.T, m model) {
	t.Helper()
	lines := strings.Split(m.draw(palette{}), "\n")
	if len(lines) > max(m.height, 1) {
		t.Fatalf("%dx%d: %d lines", m.width, m.height, len(lines))
	}
	for _, l := range lines {
		// Below what the columns need they are cut by the terminal.
		if w := lipgloss.Width(l); w > max(m.width, 50) {
			t.Fatalf("%dx%d: %d columns in %q", m.width, m.height, w, l)
		}
		for _, r := range l {
			if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
				t.Fatalf("%dx%d: %q in %q", m.width, m.height, r, l)
			}
		}
	}
}
