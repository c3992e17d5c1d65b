package engine

import (
	"net/http"
	"testing"
	"time"
)

// The engine's clock is known to half a second, and steps back of more than two are seen.
func TestClock(t *testing.T) {
	own := time.Now()
	c := &clock{began: own}
	if now, back := c.read(own); now != own.UnixNano() || back != 0 {
		t.Errorf("before any answer: %d, %v", now-own.UnixNano(), back)
	}
	engine := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		after, ahead time.Duration // of own time; the engine's clock is so much ahead of where it began
		back         time.Duration // at least
	}{
		{0, 0, 0},
		{700 * time.Millisecond, 0, 0},
		{time.Minute, 0, 0},
		{2 * time.Minute, -time.Hour, time.Hour - time.Second},
		{3 * time.Minute, -time.Hour, time.Hour - time.Second},
		{4 * time.Minute, 0, time.Hour - time.Second}, // set right again: that hides nothing
		{5 * time.Minute, -3 * time.Second, time.Hour + time.Second},
		{6 * time.Minute, 10 * time.Minute, time.Hour + time.Second},
		{7 * time.Minute, 0, time.Hour + 10*time.Minute},
	} {
		at := engine.Add(step.after + step.ahead)
		c.note(at.Format(http.TimeFormat), own.Add(step.after), own.Add(step.after))
		now, back := c.read(own.Add(step.after))
		if off := time.Unix(0, now).Sub(at).Abs(); off > time.Second {
			t.Errorf("after %v: the engine's clock is taken for one that is %v off", step.after, off)
		}
		if back < step.back || back > step.back+5*time.Second {
			t.Errorf("after %v: set back by %v, want %v", step.after, back, step.back)
		}
	}
	c.note("no time", own, own)
	if _, back := c.read(own); back < time.Hour {
		t.Error("what it was set back is forgotten")
	}
}

// Answers that come late, on a machine with much to do, are no clock that was set back; one that was set back is seen in them.
func TestClockLate(t *testing.T) {
	own := time.Now()
	engine := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	c := &clock{began: own}
	after := time.Duration(0)
	answer := func(ahead, late time.Duration) {
		after += 700 * time.Millisecond
		c.note(engine.Add(after+ahead).Format(http.TimeFormat), own.Add(after), own.Add(after+late))
	}
	for n := range 100 {
		answer(0, time.Duration(n%10)*time.Second)
		now, back := c.read(own.Add(after))
		if off := time.Unix(0, now).Sub(engine.Add(after)).Abs(); off > time.Second || back != 0 {
			t.Fatalf("after %d answers: %v off, set back by %v", n+1, off, back)
		}
	}
	answer(-time.Minute, 5*time.Second)
	if _, back := c.read(own.Add(after)); back < time.Minute-time.Second || back > time.Minute+6*time.Second {
		t.Errorf("set back by a minute: %v", back)
	}
}
