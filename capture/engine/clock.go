package engine

import (
	"net/http"
	"sync"
	"time"
)

// clock is what is known of the engine's clock, from the heads of its answers.
// They tell whole seconds, so it is known to half of one.
type clock struct {
	began time.Time // our own, monotonic

	mu     sync.Mutex
	zero   time.Time // by the engine's clock, when our own was at began; zero: not known
	back   time.Duration
	latest time.Time // the latest of zero: what it was set back from
}

// Clock is the time by the engine's clock, in Unix ns, and by how much in all it
// was seen to be set back; steps of up to two seconds can be left out. Before the first
// answer, and for engines that tell no time, it is our own.
func (e *Engine) Clock() (now int64, back time.Duration) { return e.clock.read(time.Now()) }

func (c *clock) read(own time.Time) (int64, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.zero.IsZero() {
		return own.UnixNano(), 0
	}
	return c.zero.Add(own.Sub(c.began)).UnixNano(), c.back
}

// note takes the time of an answer, from its head; own is when it came.
func (c *clock) note(date string, own time.Time) {
	t, err := http.ParseTime(date)
	if err != nil {
		return // a proxy may leave it out
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zero = t.Add(time.Second / 2).Add(-own.Sub(c.began)) // own.Sub is monotonic: it knows no steps
	switch step := c.latest.Sub(c.zero); {
	case c.latest.IsZero() || step < 0:
		c.latest = c.zero
	case step > 1100*time.Millisecond: // half a second of error on either side
		c.back += step
		c.latest = c.zero
	}
}
