package report

import (
	"github.com/logcap/logcap/analyze"
)

// impactSection is what the goroutines cost now and what they will cost.
func impactSection(r *Report) []block {
	m := r.Impact
	now := []para{measured("Goroutines now: %s.", grouped(float64(m.Goroutines)))}
	if m.StackBytes != nil {
		now = append(now, measured("Stack memory in use: %s (runtime.MemStats.StackInuse).", bytesOf(float64(*m.StackBytes))))
	} else {
		now = append(now, measured("Stack memory: not known, the target gave no runtime.MemStats."))
	}
	if m.StackPerLeak != nil {
		now = append(now, measured("Stack memory grew by %s for each goroutine that was added.", bytesOf(*m.StackPerLeak)))
	}
	if m.Descriptors != nil {
		now = append(now, measured("Open descriptors: %s.", grouped(float64(*m.Descriptors))))
	}
	if n := victimsOf(r); n > 0 {
		now = append(now, measured("%s behind a finding and %s nobody.", goroutines(n)+" "+does(n, "waits", "wait"), does(n, "serves", "serve")))
	}
	out := []block{bullets{items: now}}
	if r.Verdict == analyze.Inconclusive {
		return append(out, measured("Not projected: whether the growth goes on is not known."))
	}
	if len(r.Findings) == 0 || len(m.Project) == 0 && len(m.Limits) == 0 && r.Total.Rate.Low <= 0 {
		return append(out, measured("No growth to project."))
	}
	if len(m.Project) > 0 {
		t := table{basis: analyze.Measured, head: []string{"If nothing changes, in", "Goroutines", "95 % interval"}, align: "lrr"}
		for _, p := range m.Project {
			t.rows = append(t.rows, []text{say("%s", duration(p.Seconds)), say("%s", grouped(p.Value)), say("%s to %s", grouped(p.Low), grouped(p.High))})
		}
		out = append(out, t)
	}
	if len(m.Limits) == 0 {
		return append(out, measured("Limits: none is known; neither a memory nor a descriptor limit of the target could be read, so the time to failure cannot be said."))
	}
	t := table{head: []string{"Limit", "At", "Reached in", "Between", "Basis"}, align: "lrrrl"}
	for _, l := range m.Limits {
		t.rows = append(t.rows, []text{say("%v", words(l.Name)), limitValue(l), say("%s", reached(l.Seconds)),
			say("%s", between(l)), say("%s", string(l.Basis))})
	}
	return append(out, t)
}

func victimsOf(r *Report) int {
	n := 0
	for i := range r.Findings {
		n += victims(&r.Findings[i])
	}
	return n
}

// nearest is the limit that is reached first, nil when none is ever.
func nearest(limits []analyze.Limit) *analyze.Limit {
	var best *analyze.Limit
	for i := range limits {
		l := &limits[i]
		if finite(l.Seconds) && l.Seconds > 0 && (best == nil || l.Seconds < best.Seconds) {
			best = l
		}
	}
	return best
}

func limitName(l analyze.Limit) text {
	switch l.Name {
	case "goroutines":
		return say("%s goroutines", grouped(l.Value))
	case "memory":
		return say("the memory limit of %s", bytesOf(l.Value))
	case "descriptors":
		return say("the limit of %s descriptors", grouped(l.Value))
	}
	return say("the limit %v of %s", words(l.Name), grouped(l.Value))
}

func limitValue(l analyze.Limit) text {
	if l.Name == "memory" {
		return say("%s", bytesOf(l.Value))
	}
	return say("%s", grouped(l.Value))
}

// reached is a time to a limit; zero or none at all is an end of the interval that does not grow.
func reached(seconds float64) string {
	if !finite(seconds) || seconds <= 0 {
		return "never"
	}
	return duration(seconds)
}

// between is the time at the interval's ends, once when they read the same.
func between(l analyze.Limit) string {
	low, high := reached(l.Low), reached(l.High)
	if low == high {
		return low
	}
	return low + " and " + high
}

func limitRange(l analyze.Limit) string {
	if reached(l.Low) == reached(l.High) {
		return ""
	}
	return " (between " + between(l) + ")"
}
