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

// note takes the time of an answer, from its head, which was written between the
// moments at which the answer was asked for and came, by our own clock. On a busy machine those are
// seconds apart: an answer that was late is no clock that was set back.
func (c *clock) note(date string, asked, came time.Time) {
	t, err := http.ParseTime(date)
	if err != nil {
		return // a proxy may leave it out
	}
	late := came.Sub(asked) // Sub is monotonic: it knows no steps
	zero := t.Add(time.Second / 2).Add(-came.Sub(c.began))
	c.mu.Lock()
	defer c.mu.Unlock()
	step := c.latest.Sub(zero.Add(late)) // at least
	switch {
	case c.latest.IsZero():
	case step > 1100*time.Millisecond: // half a second of error on either side
		c.back += step + late
	case late > exact && zero.Before(c.zero):
		return // it may be as it was: another answer tells more
	case zero.Before(c.latest):
		c.zero = zero
		return
	}
	c.zero, c.latest = zero, zero
}

// exact is how long an answer may take to tell the time as well as whole seconds do.
const exact = 100 * time.Millisecond
