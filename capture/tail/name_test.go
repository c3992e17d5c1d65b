package tail

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestRotated(t *testing.T) {
	for _, c := range []struct {
		base, name string
		want       bool
	}{
		{"app.log", "app.log.1", true},
		{"app.log", "app.log.12.gz", true},
		{"app.log", "app.log.3.zst", true},
		{"app.log", "app.log-20261124", true},
		{"app.log", "app.log-20261124.gz", true},
		{"app.log", "app.log.2026-11-24", true},
		{"app.log", "app-2026-11-24T08-15-00.000.log", true},
		{"app.log", "app.1.log", true},
		{"app.log", "app_7.log.gz", true},
		{"app.log", "app.log@1764000000", true},
		{"app.log", "app.log.old", true},
		{"app.log", "app.log.prev", true},
		{"app.log", "app.log", false},
		{"app.log", "app.log.", false},
		{"app.log", "app.log.gz", false},
		{"app.log", "app.log.lock", false},
		{"app.log", "app.log.tmp", false},
		{"app.log", "app.log.1.tmp", false},
		{"app.log", "app-errors.log", false},
		{"app.log", "app-errors.log.1", false},
		{"app.log", "app.log1", false},
		{"app.log", "app1.log", false},
		{"app.log", "app..log", false},
		{"app.log", "other.log.1", false},
		{"app.log", "app.log.1a", false},
		{"app.log", "app.log." + strings.Repeat("1", 49), false},
		{"app.log", "app.log.99999999999999999999", false},
		{"app", "app.1", true},
		{"app", "app-1", true},
		{"app", "1.app", false},
		{".log", ".log.1", true},
		{".log", "1.log", false},
	} {
		if got := Rotated(c.base, c.name); got != c.want {
			t.Errorf("Rotated(%q, %q) = %t", c.base, c.name, got)
		}
	}
}

func FuzzMarker(f *testing.F) {
	for _, s := range []string{"app.log.1", "app.log-20261124.gz", "app-2026-11-24T08-15-00.000.log", "app.log.old", "app.log.", "app.\xff.log", ""} {
		f.Add("app.log", s)
	}
	f.Fuzz(func(t *testing.T, base, name string) {
		m, ok := markerOf(base, name)
		if !ok {
			return
		}
		if plain, _ := unpacked(name); !strings.Contains(plain, m.text) || m.text == "" || name == base {
			t.Errorf("%q is not the marker of %q", m.text, name)
		}
		if m.number && (len(m.groups) != 1 || len(m.text) > longestCount) || m.older(m) != 0 {
			t.Errorf("marker %+v", m)
		}
		for _, n := range m.groups {
			if n < 0 {
				t.Errorf("group %d of %q", n, name)
			}
		}
	})
}

func TestSiblings(t *testing.T) {
	type file struct {
		name string
		age  int // in minutes
	}
	for _, c := range []struct {
		name  string
		files []file
		want  string
	}{
		{"none", []file{{"x.log", 0}, {"y.log.1", 3}, {"x.log.tmp", 2}}, ""},
		{"numbers count down", []file{{"x.log.2", 20}, {"x.log.10", 90}, {"x.log.1", 10}}, "x.log.10 x.log.2 x.log.1"},
		{"numbers count up, as the times of three say", []file{{"x.log.1", 30}, {"x.log.2", 20}, {"x.log.3", 10}}, "x.log.1 x.log.2 x.log.3"},
		{"two are no proof", []file{{"x.log.1", 30}, {"x.log.2", 20}}, "x.log.2 x.log.1"},
		{"dates", []file{{"x.log-20261124", 5}, {"x.log-20261122.gz", 9}, {"x.log-20261123", 1}}, "x.log-20261122.gz x.log-20261123 x.log-20261124"},
		{"mixed go by time", []file{{"x.log.1", 5}, {"x.log-20261122", 9}}, "x.log-20261122 x.log.1"},
		{"an archive gives way to its origin", []file{{"x.log.1", 5}, {"x.log.1.gz", 4}, {"x.log.2.gz", 6}}, "x.log.2.gz x.log.1"},
		{"old", []file{{"x.log.old", 5}}, "x.log.old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlace(t)
			for _, f := range c.files {
				p.write(f.name, f.name)
				at := p.now.Add(-time.Duration(f.age) * time.Minute)
				ok(t, os.Chtimes(p.in(f.name), at, at))
			}
			ok(t, os.Mkdir(p.in("x.log.7"), 0o755)) // not a file
			got := must(Siblings(p.path))(t)
			for i := range got {
				got[i] = filepath.Base(got[i])
			}
			if !slices.Equal(got, strings.Fields(c.want)) {
				t.Errorf("siblings %v, want %v", got, c.want)
			}
		})
	}
}
