package live

import (
	"testing"
	"time"

	"github.com/logcap/logcap/analyze/goroutine"
)

const watchers = goroutine.Key("example.org/shop/order.(*Store).watch")

func chosen(m model) goroutine.Key {
	rows := m.rows()
	i, _ := indexOf(rows, m.position().chosen)
	return rows[i].Key
}

func TestCursorStaysOnItsSite(t *testing.T) {
	m := modelOf(80, 24, withJudgement(shop(21)))
	if got := chosen(m); got != watchers {
		t.Fatalf("the worst site is not first: %q", got)
	}
	m = typing(m, "j")
	before := chosen(m)
	if before == watchers {
		t.Fatal("down did not move")
	}
	for range orders {
		if m = typing(m, "s"); chosen(m) != before {
			t.Errorf("sorted by %v the cursor is on %q, not on %q", m.sort, chosen(m), before)
		}
	}
	m = typing(m, "end", "down", "down")
	if rows := m.rows(); chosen(m) != rows[len(rows)-1].Key {
		t.Errorf("below the last row the cursor is on %q", chosen(m))
	}
	if m = typing(m, "home", "up"); chosen(m) != m.rows()[0].Key {
		t.Errorf("above the first row the cursor is on %q", chosen(m))
	}
}

func TestOrders(t *testing.T) {
	m := modelOf(80, 24, withJudgement(shop(21)))
	for _, want := range []struct {
		by          order
		first, last goroutine.Key
	}{
		{byVerdict, watchers, "main.main"},
		{byCount, watchers, "example.org/shop/stock.refresh"},
		{byChange, watchers, "example.org/shop/stock.refresh"},
		{byRate, watchers, "example.org/shop/stock.refresh"},
		{byName, "net/http.(*conn).serve", "main.main"},
	} {
		m.sort = want.by
		rows := m.rows()
		got := map[goroutine.Key]int{}
		for i, r := range rows {
			got[r.Key] = i
		}
		if want.by == byName {
			for i := 1; i < len(rows); i++ {
				if rows[i-1].Name > rows[i].Name {
					t.Errorf("by name: %q before %q", rows[i-1].Name, rows[i].Name)
				}
			}
			continue
		}
		if got[want.first] != 0 || got[want.last] < 2 {
			t.Errorf("by %v: %q is at %d and %q at %d", want.by, want.first, got[want.first], want.last, got[want.last])
		}
	}
}

func TestPauseHoldsTheScreenOnly(t *testing.T) {
	m := typing(modelOf(80, 24, shop(8)), "p")
	later := take(shop(40))
	m = m.with(80*time.Second, []*snapshot{&later})
	if got := m.target().Samples; got != 8 {
		t.Errorf("a paused screen shows sample %d", got)
	}
	if m = typing(m, "space"); m.target().Samples != 40 {
		t.Errorf("after the pause the screen shows sample %d", m.target().Samples)
	}
}

func TestFilter(t *testing.T) {
	m := typing(modelOf(80, 24, withJudgement(shop(21))), "/", "P", "r", "o", "b")
	if rows := m.rows(); len(rows) != 1 || rows[0].Key != watchers {
		t.Errorf("filtered by verdict: %d rows", len(rows))
	}
	for _, tt := range []struct {
		keys []string
		rows int
	}{
		{[]string{"backspace", "backspace", "backspace", "backspace"}, 4},
		{[]string{"q"}, 0}, // a letter, not the end
		{[]string{"esc"}, 4},
		{[]string{"/", "M", "u", "t", "e", "x", "enter"}, 1},
		{[]string{"esc"}, 4},
	} {
		if m = typing(m, tt.keys...); len(m.rows()) != tt.rows {
			t.Errorf("after %q, filter %q: %d rows, want %d", tt.keys, m.filter, len(m.rows()), tt.rows)
		}
	}
	if m.ending {
		t.Error("a q typed into the filter ended the watch")
	}
}

func TestEnds(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string
		want []wish
	}{
		{"q", []string{"q"}, []wish{end}},
		{"q twice is once", []string{"q", "q"}, []wish{end, nothing}},
		{"ctrl-c twice", []string{"ctrl+c", "ctrl+c"}, []wish{end, quit}},
		{"q, then ctrl-c", []string{"q", "ctrl+c"}, []wish{end, quit}},
		{"while a filter is typed", []string{"/", "x", "ctrl+c"}, []wish{nothing, nothing, end}},
		{"while paused", []string{"p", "q"}, []wish{nothing, end}},
	} {
		m := modelOf(80, 24, shop(8))
		for i, key := range tt.keys {
			var got wish
			if m, got = m.press(key, key); got != tt.want[i] {
				t.Errorf("%s: key %d asks for %v, want %v", tt.name, i, got, tt.want[i])
			}
		}
	}
}

func TestTargetsTurnAround(t *testing.T) {
	m := modelOf(80, 24, shop(8), shop(9), shop(10))
	for _, tt := range []struct {
		key string
		at  int
	}{{"left", 2}, {"right", 0}, {"l", 1}, {"tab", 2}, {"tab", 0}} {
		if m = typing(m, tt.key); m.at != tt.at {
			t.Errorf("%s shows target %d, want %d", tt.key, m.at, tt.at)
		}
	}
}

func TestEscapeClosesOneThingAtATime(t *testing.T) {
	m := typing(modelOf(80, 24, shop(8)), "/", "s", "enter", "enter", "?")
	if !m.help || !m.position().open || m.filter == "" {
		t.Fatalf("help %v, open %v, filter %q", m.help, m.position().open, m.filter)
	}
	if m = typing(m, "esc"); m.help || !m.position().open {
		t.Error("the first esc does not close just the help")
	}
	if m = typing(m, "esc"); m.position().open || m.filter == "" {
		t.Error("the second esc does not close just the stack")
	}
	if m = typing(m, "esc"); m.filter != "" {
		t.Error("the third esc does not clear the filter")
	}
}
