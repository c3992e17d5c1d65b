package analyze

import "math"

// maxGoroutines is the count at which a Go service is called lost when no
// nearer limit is known: a million goroutines hold at least 2 GiB of stacks
// and take the runtime seconds to walk.
const maxGoroutines = 1_000_000

const (
	day   = 86400.0
	week  = 7 * day
	month = 30 * day
)

// impactOf is what the growth costs now and where it leads.
func impactOf(h *History, a *Analysis, accused []*suspect) Impact {
	imp := Impact{Goroutines: a.Total.Last, Project: []Projection{}, Limits: []Limit{}}
	rate := leakRate(accused)
	if n := len(h.Memory); n > 0 {
		last := h.Memory[n-1]
		imp.StackBytes = &last.StackInuse
		imp.StackPerLeak = bytesPerLeak(h, a.Total)
	}
	if n, _, ok := openDescriptors(h); ok {
		imp.Descriptors = &n
	}
	if rate.Value <= 0 {
		return imp
	}
	for _, after := range []float64{1800, 3600, day} {
		imp.Project = append(imp.Project, Projection{
			Seconds: after,
			Value:   project(imp.Goroutines, rate.Value, after),
			Low:     project(imp.Goroutines, max(rate.Low, 0), after),
			High:    project(imp.Goroutines, rate.High, after),
		})
	}
	imp.Limits = limits(h, imp, rate, accused)
	return imp
}

func project(now int, perMinute, seconds float64) float64 {
	return math.Round(float64(now) + perMinute*seconds/60)
}

// leakRate is the sum over the sites of the findings that grow, victims among them.
func leakRate(accused []*suspect) Rate {
	var sum Rate
	for _, s := range accused {
		if s.verdict == Stuck || s.verdict == GrowingWithLoad {
			continue
		}
		sum.Value += s.trend.Rate
		sum.Low += s.trend.Low
		sum.High += s.trend.High
	}
	return sum
}

// bytesPerLeak is the growth of stack bytes over the growth of goroutines;
// nil when either is too small to divide.
func bytesPerLeak(h *History, total Total) *float64 {
	first, last := h.Memory[0], h.Memory[len(h.Memory)-1]
	grew := float64(total.Last - total.Baseline)
	if grew < 10 || last.StackInuse <= first.StackInuse || len(h.Restarts) > 0 {
		return nil
	}
	per := float64(last.StackInuse-first.StackInuse) / grew
	return &per
}

// limits are the walls that the growth runs into, nearest first as they are listed.
func limits(h *History, imp Impact, rate Rate, accused []*suspect) []Limit {
	list := []Limit{reach("goroutines", maxGoroutines, float64(imp.Goroutines), 1, rate, Advice)}
	if memory := gauge(h, RoleMemoryLimit); memory != nil && imp.StackPerLeak != nil {
		limit := memory.Points[len(memory.Points)-1].N
		if used := float64(h.Memory[len(h.Memory)-1].Sys); limit > used && limit < math.MaxInt64/2 {
			list = append(list, reach("memory", limit, used, *imp.StackPerLeak, rate, Measured))
		}
	}
	if n, limit, ok := openDescriptors(h); ok && limit > 0 {
		if per := descriptorsPerLeak(accused); per > 0 {
			list = append(list, reach("descriptors", limit, float64(n), per, rate, Measured))
		}
	}
	return list
}

// openDescriptors is how many are open at the end and how many may be, 0 when
// that is not known: by what the system says of the process, else by the target's own metrics.
func openDescriptors(h *History) (n int, limit float64, ok bool) {
	if readings := len(h.Usage); readings > 0 {
		last := h.Usage[readings-1]
		return last.Descriptors, float64(last.Limit), true
	}
	if most := gauge(h, RoleDescriptorLimit); most != nil && len(most.Points) > 0 {
		limit = most.Points[len(most.Points)-1].N
	}
	open := gauge(h, RoleDescriptors)
	if open == nil || len(open.Points) == 0 {
		return 0, limit, false
	}
	return int(open.Points[len(open.Points)-1].N), limit, true
}

// descriptorsPerLeak is how many descriptors one leaked goroutine holds, on
// average over all of them where that was measured. Else it is half a one where
// connections leak, whose two goroutines share it.
func descriptorsPerLeak(accused []*suspect) float64 {
	if per := measuredPerLeak(accused); per > 0 {
		return per
	}
	for _, s := range accused {
		if s.absorbed {
			continue
		}
		switch s.mechanism {
		case HTTPBodyNotClosed, ClientPerCall:
			return 0.5
		case StuckIO:
			return 1
		}
	}
	return 0
}

// measuredPerLeak is over the same sites as leakRate.
func measuredPerLeak(accused []*suspect) float64 {
	descriptors := 0.0
	for _, s := range accused {
		if s.absorbed || s.verdict == Stuck || s.verdict == GrowingWithLoad {
			continue
		}
		_, rate := s.total()
		descriptors += s.perLeak() * rate.Value
	}
	if rate := leakRate(accused).Value; rate > 0 {
		return descriptors / rate
	}
	return 0
}

// reach is when used, growing by each unit times the rate, meets a limit.
func reach(name string, limit, used, each float64, rate Rate, basis Basis) Limit {
	after := func(perMinute float64) float64 {
		if perMinute*each <= 0 {
			return 0
		}
		return math.Round((limit - used) / (perMinute * each) * 60)
	}
	return Limit{Name: name, Value: limit, Basis: basis, Seconds: after(rate.Value), Low: after(rate.High), High: after(rate.Low)}
}

// severity is how soon the first limit is reached. Locks and pipelines that
// others wait for are an outage already.
func severity(f *Finding, imp Impact) Severity {
	soonest := math.Inf(1)
	for _, l := range imp.Limits {
		if l.Seconds > 0 {
			soonest = min(soonest, l.Seconds)
		}
	}
	switch {
	case f.Verdict == Stuck:
		return High
	case f.Verdict == GrowingWithLoad:
		return Low
	case soonest <= day:
		return Critical
	case soonest <= week:
		return High
	case soonest <= month:
		return Medium
	}
	return Low
}

// gauge finds the first of the target's metrics with a role; nil when it exports none.
func gauge(h *History, role Role) *Gauge {
	for i := range h.Gauges {
		if h.Gauges[i].Role == role {
			return &h.Gauges[i]
		}
	}
	return nil
}
