package analyze

import (
	"time"

	"github.com/logcap/logcap/analyze/exectrace"
	"github.com/logcap/logcap/analyze/goroutine"
	"github.com/logcap/logcap/analyze/growth"
	"github.com/logcap/logcap/analyze/lineage"
)

// History is what was seen of one target, folded so that its size follows the
// number of sites and not the number of goroutines ever alive.
type History struct {
	Target Target
	Start  time.Time
	End    time.Time
	Total  []growth.Point
	Series map[goroutine.Key]*Series
	// Restarts are seconds since Start at which a new process began to answer.
	Restarts []float64
	Gaps     []Gap
	Scrapes  map[string]int
	Memory   []Memory
	Gauges   []Gauge
	Traces   []TimedTrace
	Births   []TimedBirths
	// Usage and Holdings are of a process on this machine: what it used, and
	// what it held open, at the same readings.
	Usage    []Usage
	Holdings []Holding
	LogLines []string
	Warnings []string
}

// lastRestart is when the process now running began to answer, in seconds
// since Start; 0 when there was no other.
func (h *History) lastRestart() float64 {
	if len(h.Restarts) == 0 {
		return 0
	}
	return h.Restarts[len(h.Restarts)-1]
}

// Series is a site over time.
type Series struct {
	Key goroutine.Key
	// Points has one count for every tick of the watch, zeros included.
	Points []growth.Point
	// Proto and Dump are the site in the newest snapshot of each form that held
	// it: the proto knows start lines and range, the dump creators and labels.
	Proto, Dump *goroutine.Group
	// Censuses has one entry for every dump of the watch, also where the site was absent.
	Censuses []Census
	// Places are the distinct places its goroutines were seen at; Members point into it.
	Places []Place
	// Waits is how the number in each waiting state moved from tick to tick.
	Waits map[goroutine.State]*Waits
	// Leaked is how many the newest goroutineleak profile lists; -1 when none was taken.
	Leaked int
}

// Waits is a site's goroutines in one state, over the ticks.
type Waits struct {
	N       int
	Changed float64 // when N last changed, in seconds since the watch began
	// Ended is when N last fell, that is when a wait was last seen to end; -1 for never.
	Ended float64
}

// Census is a site's goroutines in one dump, sorted by id.
type Census struct {
	T       float64 // seconds since the watch began
	Members []Member
}

// Member is one goroutine in one dump.
type Member struct {
	ID     uint64
	Parent uint64
	Wait   uint32 // whole minutes, at least
	Place  int32  // index into Series.Places
}

// Place is where a goroutine waits: its state and the frame that called into
// the runtime. It changes when the goroutine moves on.
type Place struct {
	State goroutine.State
	// Frames are the whole stack, innermost first.
	Frames []goroutine.Frame
}

// Memory is the part of runtime.MemStats that impact needs, in bytes.
type Memory struct {
	T          float64
	StackInuse int64
	HeapInuse  int64
	Sys        int64
	TotalAlloc int64 // only ever grows within one process
}

// Gauge is a metric of the target at its readings.
type Gauge struct {
	Name   string
	Labels string
	Role   Role
	Points []growth.Point
}

// Role is what a gauge is to a leak.
type Role string

// The roles that a judgement asks for.
const (
	RoleGoroutines      Role = "goroutines"
	RoleDescriptors     Role = "descriptors"
	RoleDescriptorLimit Role = "descriptor-limit"
	RoleMemory          Role = "memory"       // bytes
	RoleMemoryLimit     Role = "memory-limit" // bytes
	RoleWorkload        Role = "workload"     // what the process is asked to do at once
)

// TimedBirths are births that became known at a time, in seconds since the
// watch began.
type TimedBirths struct {
	T    float64
	News *lineage.News
}

// TimedTrace is an execution trace and when it began.
type TimedTrace struct {
	T     float64
	Trace *exectrace.Trace
}
