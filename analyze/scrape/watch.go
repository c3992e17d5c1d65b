package scrape

import (
	"context"
	"time"

	"github.com/logcap/logcap/analyze/recording"
)

// Plan is what a watch is to do.
type Plan struct {
	Interval time.Duration // between protos when they cost little; 0: 1 s
	Duration time.Duration // 0: until the context ends
	Samples  int           // protos after which it ends; 0: no such end
	// Suspicion is asked after each tick what the judge would like to see; nil: nothing.
	Suspicion func() Suspicion
}

const (
	// backoffMax is the longest time between tries at a target that does not answer.
	backoffMax = 5 * time.Second
	// closingMax bounds the last scrapes of a watch; closingInterrupted when somebody waits at the keyboard.
	closingMax         = 15 * time.Second
	closingInterrupted = 4 * time.Second
)

// Watch scrapes one target until the context or the plan ends, and then takes
// the closing dump and profiles. Each answer, or failure to get one, goes to
// out, in order of completion and never two at a time.
//
// A target that fails at the very first scrape is an *Error and nothing is
// delivered. After that nothing stops a watch: a failure is delivered as a
// Result with Err and the target asked again. A part that the target does not
// offer is delivered once, with Failure.Absent. Watches share nothing, so
// several targets are several calls.
//
// A target that will never answer again ends the watch.
func Watch(ctx context.Context, a Asker, plan Plan, out func(Result)) error {
	w := newWatch(a, plan, out)
	first := a.Scrape(ctx, recording.Goroutine)
	if first.Failure != nil {
		return first.Failure
	}
	w.deliver(first)
	w.after(ctx)
	for w.wait(ctx) {
		w.tick(ctx)
	}
	w.close(ctx)
	return nil
}

// Asker asks one target.
type Asker interface {
	// Scrape asks once for one kind. It never fails silently: either Err is empty,
	// or Err and Failure say why not.
	Scrape(ctx context.Context, kind recording.Kind) Result
	// Policy is what asking may cost; Watch adds what its plan says.
	Policy() Policy
	// Close ends what the Asker holds.
	Close() error
}

// watch is the state of one call of Watch.
type watch struct {
	client   Asker
	plan     Plan
	out      func(Result)
	schedule *Schedule
	start    time.Time
	// due is when the next proto is.
	due time.Time
	// misses counts failed protos in a row, samples those that came.
	misses, samples int
	// tracing carries the result of the trace that is running; nil when none is.
	tracing   chan Result
	stopTrace context.CancelFunc
	// over: the target will never answer again.
	over bool
	// interrupted: the watch was told to end, and what fails from then on may fail for that.
	interrupted bool
}

func newWatch(c Asker, plan Plan, out func(Result)) *watch {
	duration := plan.Duration
	if duration == 0 {
		duration = time.Duration(plan.Samples) * plan.Interval
	}
	policy := c.Policy()
	policy.Interval, policy.Duration = plan.Interval, duration
	return &watch{client: c, plan: plan, out: out, start: time.Now(), schedule: NewSchedule(policy)}
}

func (w *watch) now() time.Duration { return time.Since(w.start) }

// tick takes a proto and whatever else is due with it.
func (w *watch) tick(ctx context.Context) {
	began := time.Now()
	res := w.client.Scrape(ctx, recording.Goroutine)
	if ctx.Err() != nil {
		return // our own end is no failure of the target
	}
	w.deliver(res)
	if res.Failure != nil {
		w.misses++
		w.due = time.Now().Add(w.backoff())
		return
	}
	if w.misses > 0 {
		w.misses = 0
		w.schedule.Recovered()
	}
	w.due = began
	w.after(ctx)
}

// backoff doubles from the plan's interval with each failure in a row.
func (w *watch) backoff() time.Duration {
	wait := min(w.schedule.policy.Interval, backoffMax)
	for i := 1; i < w.misses && wait < backoffMax; i++ {
		wait *= 2
	}
	return min(wait, backoffMax)
}

// after takes what is due after a proto, and sets when the next proto is.
func (w *watch) after(ctx context.Context) {
	if w.due.IsZero() {
		w.due = w.start
	}
	var wish Suspicion
	if w.plan.Suspicion != nil {
		wish = w.plan.Suspicion()
	}
	if !w.done() {
		for _, kind := range w.schedule.Next(w.now(), wish) {
			w.take(ctx, kind)
		}
	}
	w.due = w.due.Add(w.schedule.Interval(w.now()))
	// Ticks that a slow answer has overrun are left out, not made up for.
	if now := time.Now(); w.due.Before(now) {
		w.due = now
	}
}

func (w *watch) take(ctx context.Context, kind recording.Kind) {
	if ctx.Err() != nil {
		return
	}
	if kind == recording.Trace {
		w.startTrace(ctx)
		return
	}
	if res := w.client.Scrape(ctx, kind); ctx.Err() == nil {
		w.deliver(res)
	}
}

// deliver hands a result on and lets the schedule learn from it; a trace that
// has ended meanwhile goes first.
func (w *watch) deliver(res Result) {
	select {
	case traced := <-w.tracing:
		w.traced(traced)
	default:
	}
	w.learn(res)
	w.over = w.over || res.Failure != nil && res.Failure.Final()
	if res.Nothing {
		return
	}
	if res.Kind == recording.Goroutine && res.Failure == nil {
		res.Interval = w.schedule.Interval(w.now())
	}
	w.out(res)
}

func (w *watch) learn(res Result) {
	switch {
	case res.Failure != nil:
		w.schedule.Failed(w.now(), res.Kind, res.Failure.Absent())
	case res.Kind == recording.Trace:
		w.schedule.Took(w.now(), res.Kind, traceCost(len(res.Body)), 0)
	default:
		if res.Kind == recording.Goroutine {
			w.samples++
		}
		w.schedule.Took(w.now(), res.Kind, res.Took, res.Total)
	}
}

// traceCost is what writing an execution trace costs the target: about 20 ns a
// byte. How long it took says nothing, it only waits.
func traceCost(bytes int) time.Duration { return time.Duration(bytes) * 20 * time.Nanosecond }

func (w *watch) startTrace(ctx context.Context) {
	if w.tracing != nil {
		return
	}
	ctx, w.stopTrace = context.WithCancel(ctx)
	w.tracing = make(chan Result, 1)
	go func(done chan<- Result) { done <- w.client.Scrape(ctx, recording.Trace) }(w.tracing)
}

// traced ends a trace. One that we stopped before it held anything is no failure.
func (w *watch) traced(res Result) {
	w.stopTrace()
	w.tracing = nil
	if res.Failure != nil && w.interrupted {
		return
	}
	w.learn(res)
	w.out(res)
}

// done says that the plan's own end has come.
func (w *watch) done() bool {
	return w.over || w.plan.Samples > 0 && w.samples >= w.plan.Samples || w.plan.Duration > 0 && w.now() >= w.plan.Duration
}

// wait sleeps until the next proto is due; false means that the watch ends.
func (w *watch) wait(ctx context.Context) bool {
	if w.done() {
		return false
	}
	due := w.due
	if w.plan.Duration > 0 {
		if end := w.start.Add(w.plan.Duration); due.After(end) {
			due = end
		}
	}
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case res := <-w.tracing:
			w.interrupted = ctx.Err() != nil
			w.traced(res)
		case <-timer.C:
			return ctx.Err() == nil && !(w.plan.Duration > 0 && w.now() >= w.plan.Duration)
		}
	}
}

// close takes the last scrapes, with a time of its own when the watch was
// interrupted, and waits for a running trace.
func (w *watch) close(ctx context.Context) {
	limit := closingMax
	if w.interrupted = ctx.Err() != nil; w.interrupted {
		limit = closingInterrupted
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	for _, kind := range w.schedule.Closing(w.now()) {
		if w.over {
			break
		}
		if kind == recording.Goroutine && w.plan.Samples > 0 && w.samples >= w.plan.Samples {
			continue
		}
		res := w.client.Scrape(last, kind)
		w.deliver(res)
		if res.Failure != nil && !res.Failure.Absent() {
			break // it does not answer; the rest would only wait
		}
	}
	if w.tracing != nil {
		// An interrupted one has been told to stop and gives what it has.
		w.traced(<-w.tracing)
	}
}
