package selfwatch

import (
	"encoding/json"
	"time"
)

// line is what is written of a change, in the order of its fields. `logcap report`
// reads those of goroutines; the others must not have that word in them.
type line struct {
	Baseline int64   `json:"baseline"`
	Current  int64   `json:"current_count"` // bytes in use for memory
	Duration float64 `json:"duration"`      // seconds, in which it grew by Growth
	Growth   int64   `json:"growth"`        // since the line before, or since it was as usual
	Level    string  `json:"level"`         // warning, or info when it is back
	Msg      string  `json:"msg"`
	Sites    []Site  `json:"sites,omitempty"` // those that have grown most
	Time     string  `json:"time"`            // RFC 3339, UTC
	Total    int64   `json:"total_growth"`    // since the baseline
}

var messages = [...]string{
	goroutines:  "Significant goroutine count change detected",
	memory:      "Significant memory change detected",
	descriptors: "Significant descriptor count change detected",
}

// write tells a change.
func (w *Watch) write(i int, now time.Time, c change) {
	if w.opt.Lines == nil {
		return
	}
	l := line{
		Baseline: w.gauges[i].baseline, Current: c.value, Duration: c.duration.Seconds(), Growth: c.growth,
		Level: "warning", Msg: messages[i], Time: now.UTC().Format(time.RFC3339Nano), Total: c.value - w.gauges[i].baseline,
	}
	if c.ended {
		l.Level = "info"
	} else if i == goroutines {
		l.Sites = w.growing()
	}
	text, err := json.Marshal(l)
	if err != nil {
		return // numbers and strings always have a JSON form
	}
	_, _ = w.opt.Lines.Write(append(text, '\n')) // stderr is closed: there is nobody to tell
}
