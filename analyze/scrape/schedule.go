package scrape

import (
	"time"

	"github.com/logcap/logcap/analyze/recording"
)

// Policy is what the cost rules of a watch rest on.
type Policy struct {
	Interval time.Duration // between protos when they cost little; 0: 1 s
	Duration time.Duration // of the whole watch; 0: not known
	Force    bool          // no stretching, no ceilings, no budget
	NoDumps  bool
	NoTrace  bool
	// Local: the target is read through this machine's kernel. It does nothing
	// for it, so that the costs are our own, and it offers other kinds.
	Local bool

	DumpCeiling  int // goroutines; as Options
	LeakCeiling  int
	TraceCeiling int
	TraceSeconds int
}

// The cost rules, in the order in which they bind. Costs are the seconds the
// target needed to answer, which for these profiles is its CPU time and a
// little more (waiting for a processor counts too).
const (
	// share of one core of the target that all scrapes together may take, and
	// what is aimed at: the garbage that scrapes leave is collected later and on
	// other cores, so that 100,000 goroutines cost 1.4 times the time they took to
	// answer (docs/cost.md), and the first and the last scrapes of a watch come
	// whatever they cost.
	share = 0.01
	aim   = 0.65 * share
	// otherShare is the most of it that everything but the protos may take in
	// any window of budgetWindow: a series without ticks shows nothing.
	otherShare   = 0.4 * share
	budgetWindow = time.Minute

	// A dump stops the world for about 15 µs a goroutine; up to denseDumps
	// goroutines that is at most 15 ms and dumps are taken every dumpEvery.
	// Above, up to the ceiling: first, middle, last and on suspicion.
	denseDumps    = 1_000
	dumpEvery     = 5 * time.Second
	dumpSuspicion = 10 * time.Second // between dumps that suspicion asks for

	// A leak profile runs a garbage collection that also marks stacks.
	leakProbe     = 10_000           // goroutines up to which it is asked for at the start
	leakSuspicion = 30 * time.Second // between leak profiles that suspicion asks for

	memoryEvery  = 10 * time.Second
	metricsEvery = 15 * time.Second
	processEvery = 2 * time.Second
	birthsEvery  = 10 * time.Second
	pprofEvery   = time.Minute

	// localShare is how many times share logcap itself may take of a core to
	// read a process on its own machine.
	localShare = 3

	tracesAtFirst = 3
	traceSpacing  = 10 * time.Second // between the first traces
	traceLater    = 10 * time.Minute // between all that follow on a long watch
	traceTries    = 2                // more tries after "somebody else is tracing"
)

// Suspicion is what the judge of a watch would like to see.
type Suspicion struct {
	Dump  bool // ids, to see who stays
	Trace bool // who creates them
	Leak  bool // the runtime's own proof
}

// Schedule decides what is asked of a target and when, from what it cost so
// far. It is pure: now is the time since the watch began, and the caller says
// what each scrape took.
type Schedule struct {
	policy Policy
	total  int             // goroutines in the newest proto
	protos []time.Duration // the newest costs of protos, oldest first
	spent  time.Duration   // on protos since the watch began
	others []spent         // of everything else, within the budget's window
	kinds  map[recording.Kind]*kindState
	refuse int // refusals of traces in a row
}

type spent struct {
	at   time.Duration
	cost time.Duration
}

// kindState is what is known of one kind.
type kindState struct {
	taken  int
	at     time.Duration // when the newest was taken
	cost   time.Duration
	total  int // goroutines when it was taken
	absent bool
}

// NewSchedule makes the schedule of one watch.
func NewSchedule(p Policy) *Schedule {
	if p.Interval <= 0 {
		p.Interval = time.Second
	}
	s := &Schedule{policy: p, kinds: make(map[recording.Kind]*kindState)}
	for kind, local := range map[recording.Kind]bool{
		recording.Metrics: false, recording.Memory: false, recording.Trace: false, recording.Leak: false,
		recording.Births: true, recording.Pprof: true, recording.Process: true,
	} {
		s.kind(kind).absent = local != p.Local
	}
	return s
}

// Took tells what a scrape that succeeded cost. Total is the number of
// goroutines and counts for Goroutine only.
func (s *Schedule) Took(now time.Duration, kind recording.Kind, cost time.Duration, total int) {
	k := s.kind(kind)
	k.taken, k.at, k.cost = k.taken+1, now, cost
	if kind == recording.Goroutine {
		s.total = total
		s.protos = append(s.protos, cost)
		if len(s.protos) > 5 {
			s.protos = s.protos[1:]
		}
		s.spent += s.protoCost()
	} else {
		s.others = append(s.others, spent{now, cost})
	}
	k.total = s.total
	if kind == recording.Trace {
		s.refuse = 0
	}
}

// Failed tells that a scrape gave nothing. Absent means that the target does
// not offer it, so it is not asked for again.
func (s *Schedule) Failed(now time.Duration, kind recording.Kind, absent bool) {
	k := s.kind(kind)
	k.at, k.absent = now, k.absent || absent
	if kind != recording.Trace {
		return
	}
	if s.refuse++; s.refuse > traceTries {
		k.absent = true
	}
}

// Recovered tells that the target answers again after a gap: it may be a new
// process, whose first dump is taken as if the watch began.
func (s *Schedule) Recovered() {
	s.kind(recording.Stacks).taken = 0
	s.kind(recording.Memory).taken = 0
	s.protos, s.spent = nil, 0
}

// Interval is the time from one proto to the next: the policy's, or as much
// longer as keeps all scrapes under their share of a core. The first proto came
// before any time had passed to pay for it, so the second may wait up to twice
// as long: even a watch of two ticks stays under the share.
func (s *Schedule) Interval(now time.Duration) time.Duration {
	if s.policy.Force || len(s.protos) == 0 {
		return s.policy.Interval
	}
	left := max(s.times()*aim-s.otherRate(now), s.times()*otherShare)
	cost := s.protoCost()
	needed := time.Duration(float64(cost) / left)
	debt := time.Duration(float64(s.spent+cost)/left) - now
	return max(s.policy.Interval, needed, min(debt, 2*needed))
}

// Next lists what to take after a proto, cheapest first so that a dear one
// delays nothing else.
func (s *Schedule) Next(now time.Duration, wish Suspicion) []recording.Kind {
	var take []recording.Kind
	for _, want := range []struct {
		kind recording.Kind
		due  bool
	}{
		{recording.Metrics, s.every(now, recording.Metrics, metricsEvery)},
		{recording.Memory, s.every(now, recording.Memory, memoryEvery)},
		{recording.Trace, s.traceDue(now, wish.Trace)},
		{recording.Process, s.every(now, recording.Process, processEvery)},
		{recording.Births, s.every(now, recording.Births, birthsEvery)},
		{recording.Stacks, s.dumpDue(now, wish.Dump)},
		{recording.Pprof, s.every(now, recording.Pprof, pprofEvery)},
		{recording.Leak, s.leakDue(now, wish.Leak)},
	} {
		if want.due && !s.kind(want.kind).absent {
			take = append(take, want.kind)
		}
	}
	return take
}

// Closing lists what ends a watch, the most telling first: the time for it is short.
func (s *Schedule) Closing(now time.Duration) []recording.Kind {
	var take []recording.Kind
	// A proto that is nearly as new as one can be need not be taken again.
	if last := s.kind(recording.Goroutine); now-last.at > s.Interval(now)/2 {
		take = append(take, recording.Goroutine)
	}
	if !s.policy.NoDumps && s.under(s.policy.DumpCeiling) {
		take = append(take, recording.Stacks)
	}
	for _, kind := range []recording.Kind{recording.Births, recording.Process, recording.Memory, recording.Metrics, recording.Leak, recording.Pprof} {
		if !s.kind(kind).absent && (kind != recording.Leak || s.under(s.policy.LeakCeiling)) {
			take = append(take, kind)
		}
	}
	return take
}

func (s *Schedule) dumpDue(now time.Duration, wish bool) bool {
	k := s.kind(recording.Stacks)
	switch {
	case s.policy.NoDumps || !s.under(s.policy.DumpCeiling):
		return false
	case k.taken == 0:
		return true
	case s.policy.Force:
		return now-k.at >= dumpEvery
	case s.total <= denseDumps:
		return now-k.at >= dumpEvery && s.affords(now, recording.Stacks)
	case wish && now-k.at >= dumpSuspicion:
		return s.affords(now, recording.Stacks)
	}
	return s.middle(now, k) && (s.affords(now, recording.Stacks) || s.earned(now, recording.Stacks))
}

// earned says whether the time since the newest of a kind pays for the next.
func (s *Schedule) earned(now time.Duration, kind recording.Kind) bool {
	return s.estimate(kind).Seconds() <= s.times()*share/2*(now-s.kind(kind).at).Seconds()
}

// middle is one dump half way through; a watch without a set end has one at a
// minute and then each time its age has doubled.
func (s *Schedule) middle(now time.Duration, k *kindState) bool {
	if s.policy.Duration > 0 {
		half := s.policy.Duration / 2
		return k.at < half && now >= half
	}
	return now >= time.Minute && now >= 2*k.at
}

func (s *Schedule) leakDue(now time.Duration, wish bool) bool {
	k := s.kind(recording.Leak)
	switch {
	case !s.under(s.policy.LeakCeiling):
		return false
	case k.taken == 0 && k.at == 0:
		return s.total <= leakProbe || wish || s.policy.Force
	}
	return wish && now-k.at >= leakSuspicion && s.affords(now, recording.Leak)
}

func (s *Schedule) traceDue(now time.Duration, wish bool) bool {
	k := s.kind(recording.Trace)
	length := time.Duration(s.policy.TraceSeconds) * time.Second
	spacing := traceSpacing
	if k.taken >= tracesAtFirst {
		spacing = traceLater
	}
	switch {
	case !wish || s.policy.NoTrace || !s.under(s.policy.TraceCeiling):
		return false
	case s.policy.Duration > 0 && now+length > s.policy.Duration:
		return false // it would not end before the watch
	case k.taken == 0 && s.refuse == 0:
		return true
	}
	return now-k.at >= length+spacing
}

// every is for what is taken at the start and then at a rate of its own.
func (s *Schedule) every(now time.Duration, kind recording.Kind, period time.Duration) bool {
	k := s.kind(kind)
	if k.taken == 0 && k.at == 0 {
		return true
	}
	return now-k.at >= period && (s.policy.Force || s.affords(now, kind))
}

// under: a forced watch knows no ceiling.
func (s *Schedule) under(ceiling int) bool { return s.policy.Force || s.total <= ceiling }

func (s *Schedule) kind(kind recording.Kind) *kindState {
	k := s.kinds[kind]
	if k == nil {
		k = &kindState{}
		s.kinds[kind] = k
	}
	return k
}
