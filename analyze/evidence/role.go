package evidence

import (
	"slices"
	"strings"
)

// createdName is runtime/metrics' /sched/goroutines-created:goroutines (Go
// 1.26) in the spelling of Prometheus' Go client.
const createdName = "go_sched_goroutines_created_goroutines_total"

// bears says that a metric is worth parsing.
func bears(name string) bool {
	switch name {
	case "go_info", "process_start_time_seconds", "process_cpu_seconds_total", createdName:
		return true
	}
	return strings.HasPrefix(name, "go_memstats_") || roleOf(name, "") != ""
}

// roleOf tells a gauge's role from its name; "" when it has none. kind is the
// page's own TYPE, "" when it states none.
func roleOf(name, kind string) Role {
	if kind != "" && kind != "gauge" && kind != "untyped" && kind != "unknown" {
		return ""
	}
	for _, end := range []string{"_total", "_count", "_sum", "_bucket", "_created"} {
		if strings.HasSuffix(name, end) {
			return "" // counters and the parts of histograms
		}
	}
	switch {
	case name == "process_max_fds", strings.HasSuffix(name, "_max_fds"):
		return DescriptorLimit
	case name == "go_gc_gomemlimit_bytes":
		return MemoryLimit
	case name == "process_resident_memory_bytes":
		return Memory
	case strings.HasPrefix(name, "go_sched_goroutines_") && name != "go_sched_goroutines_goroutines":
		return "" // the running, runnable and waiting ones: parts of the number
	case strings.HasSuffix(name, "_goroutines"):
		return Goroutines
	case strings.HasSuffix(name, "_open_fds"), strings.HasSuffix(name, "_open_file_descriptors"):
		return Descriptors
	case isWorkload(name):
		return Workload
	}
	return ""
}

// isWorkload looks for the words that name work at hand in a gauge. What the
// runtime and the client library say of themselves is no workload.
func isWorkload(name string) bool {
	for _, own := range []string{"go_", "process_", "promhttp_", "scrape_"} {
		if strings.HasPrefix(name, own) {
			return false
		}
	}
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '_' || r == ':' || r == '.' })
	for i, w := range words {
		// Settings and limits do not follow the load.
		if slices.Contains([]string{"max", "limit", "min", "config", "configured", "capacity", "seconds", "bytes", "ratio", "timestamp"}, w) {
			return false
		}
		if w == "in" && i+1 < len(words) && words[i+1] == "flight" {
			words[i] = "inflight"
		}
	}
	return slices.ContainsFunc(words, func(w string) bool {
		return slices.Contains([]string{"inflight", "active", "concurrent", "current", "open", "busy", "pending", "queued", "queue",
			"connections", "conns", "connected", "sessions", "clients", "subscribers", "subscriptions", "streams", "tenants", "users",
			"requests", "jobs", "tasks", "workers", "watchers", "websockets"}, w)
	})
}

// rank orders gauges by role, and the best known name of a role first.
func rank(s Sample) int {
	roles := []Role{Goroutines, Descriptors, DescriptorLimit, Memory, MemoryLimit, Workload}
	first := []string{"go_goroutines", "process_open_fds", "process_max_fds"}
	r := 2 * slices.Index(roles, s.Role)
	if !slices.Contains(first, s.Name) {
		r++
	}
	return r
}
