package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze"
)

// metricName is what Prometheus allows; a name that is not is never written into a query.
var metricName = regexp.MustCompile(`^[a-zA-Z_:][a-zA-Z0-9_:]*$`)

// metricNames are the names the queries use.
type metricNames struct {
	goroutines, descriptors, maxDescriptors, stack, memory string
	own                                                    bool // read from the target
}

// standardNames are those of client_golang's Go and process collectors.
func standardNames() metricNames {
	return metricNames{"go_goroutines", "process_open_fds", "process_max_fds", "go_memstats_stack_inuse_bytes", "process_resident_memory_bytes", false}
}

// namesOf picks from what the target exports; what it does not export is "".
func namesOf(exported []string) metricNames {
	var valid []string
	for _, n := range exported {
		if metricName.MatchString(n) && len(n) < 200 {
			valid = append(valid, n)
		}
	}
	if len(valid) == 0 {
		return standardNames()
	}
	pick := func(exact string, has ...string) string {
		if slices.Contains(valid, exact) {
			return exact
		}
		var best string
		for _, n := range valid {
			all := !strings.HasSuffix(n, "_total") && !strings.HasSuffix(n, "_bucket")
			for _, h := range has {
				all = all && strings.Contains(n, h)
			}
			if all && len(has) > 0 && (best == "" || len(n) < len(best) || len(n) == len(best) && n < best) {
				best = n
			}
		}
		return best
	}
	std := standardNames()
	return metricNames{
		goroutines:     pick(std.goroutines, "goroutines"),
		descriptors:    pick(std.descriptors, "open_fds"),
		maxDescriptors: pick(std.maxDescriptors, "max_fds"),
		stack:          pick(std.stack, "stack_inuse"),
		memory:         pick(std.memory, "resident_memory"),
		own:            true,
	}
}

// metrics are queries for a dashboard and an alert. A gauge has no rate(): its
// slope is deriv(), and a ratchet is a minimum that rises.
func metrics(r *Report) []block {
	n := namesOf(r.Metrics)
	var q []string
	add := func(comment, query string) {
		if len(q) > 0 {
			q = append(q, "")
		}
		q = append(q, "# "+comment, query)
	}
	if n.goroutines != "" {
		add("goroutines", n.goroutines)
		add("growth per minute (a gauge: deriv, not rate)", fmt.Sprintf("deriv(%s[10m]) * 60", n.goroutines))
		if limit := alertRate(r); limit > 0 {
			add("alert: half the rate of this leak for ten minutes, and the minimum rises",
				fmt.Sprintf("deriv(%[1]s[10m]) * 60 > %[2]s and min_over_time(%[1]s[10m]) > min_over_time(%[1]s[10m] offset 10m)", n.goroutines, trimNumber(limit)))
		} else {
			add("alert: the minimum of ten minutes keeps rising",
				fmt.Sprintf("min_over_time(%[1]s[10m]) > min_over_time(%[1]s[10m] offset 10m) and min_over_time(%[1]s[10m] offset 10m) > min_over_time(%[1]s[10m] offset 20m)", n.goroutines))
		}
	}
	if n.stack != "" {
		add("stack memory in use, bytes", n.stack)
	}
	if n.descriptors != "" && n.maxDescriptors != "" {
		add("descriptors, share of the limit", n.descriptors+" / "+n.maxDescriptors)
	} else if n.descriptors != "" {
		add("descriptors", n.descriptors)
	}
	if n.memory != "" {
		add("resident memory, bytes", n.memory)
	}
	from := advice("The target's /metrics was not read: these are the standard names of client_golang; put the names and labels of the target in.")
	if n.own {
		from = measured("The names are those the target's /metrics exports.")
	}
	if len(q) == 0 {
		return []block{measured("The target's /metrics exports no goroutine, descriptor or memory gauge; client_golang's Go collector adds `go_goroutines`.")}
	}
	return []block{listing{lang: "promql", lines: q}, from}
}

// alertRate is half of the worst growing finding's rate, per minute.
func alertRate(r *Report) float64 {
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Rate.Value > 0 && finite(f.Rate.Value) && f.Verdict != analyze.GrowingWithLoad && f.Verdict != analyze.Inconclusive {
			return f.Rate.Value / 2
		}
	}
	return 0
}

// trimNumber prints two significant figures without an exponent, for a query.
func trimNumber(x float64) string {
	digits := 1 - int(math.Floor(math.Log10(x)))
	return fmt.Sprintf("%.*f", max(0, digits), x)
}
