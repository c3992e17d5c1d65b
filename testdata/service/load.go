package service

import (
	"context"
	"math/rand/v2"
	"time"
)

// Plan is the load a program puts on itself.
type Plan struct {
	// PerMinute is how many goroutines leak in a minute.
	PerMinute float64 `json:"leaks_per_minute"`
	// Shape is "steady" (every request leaks), "batch" (Batch of them every Period) or "one-in-three" (the others end by themselves).
	Shape string `json:"shape"`
	// Period is the time between two rounds of requests, on average.
	Period time.Duration `json:"period_ns"`
	// Batch is the number of requests in a round.
	Batch int `json:"batch"`
	// StopAfter is when requests stop leaking; 0 means never.
	StopAfter time.Duration `json:"stop_after_ns,omitempty"`
}

// Request is one piece of the load.
type Request struct {
	ID int
	// Leaks says that this request is one that goes wrong.
	Leaks bool
	// Work is how long a request that goes well takes: 50 ms to 2 s.
	Work time.Duration
}

// drawPlan draws 20 to 120 leaks a minute, unless rate fixes them. The shape follows from n, so that three seeds in a row show all three.
func drawPlan(r *rand.Rand, n uint64, rate float64) Plan {
	p := Plan{PerMinute: float64(20 + r.IntN(101)), Batch: 1}
	seconds := 2 + r.IntN(7)
	if rate > 0 {
		p.PerMinute = rate
	}
	each := time.Duration(float64(time.Minute) / p.PerMinute)
	switch n % 3 {
	case 0:
		p.Shape, p.Period = "steady", each
	case 1:
		p.Shape = "batch"
		p.Batch = max(2, int(p.PerMinute*float64(seconds)/60+0.5))
		p.Period = each * time.Duration(p.Batch)
	case 2:
		p.Shape, p.Period = "one-in-three", each/3
	}
	return p
}

// Load calls do for every request of the plan until ctx ends, and returns the reason it ended. It calls do in its own goroutine:
// a do that blocks holds up the load.
func (s *Service) Load(ctx context.Context, do func(Request)) error {
	r := rand.New(rand.NewPCG(s.Seed, 2))
	begin := time.Now()
	next := time.NewTimer(s.Plan.first())
	defer next.Stop()
	due := begin.Add(s.Plan.first())
	bad := 0
	for id := 0; ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-next.C:
		}
		for range s.Plan.Batch {
			if id%3 == 0 {
				bad = id + r.IntN(3)
			}
			req := Request{ID: id, Leaks: s.Plan.Shape != "one-in-three" || id == bad, Work: time.Duration(50+r.IntN(1950)) * time.Millisecond}
			if s.Plan.StopAfter > 0 && time.Since(begin) > s.Plan.StopAfter {
				req.Leaks = false
			}
			do(req)
			id++
		}
		// Jitter of three tenths around a fixed grid, so that the rate of the plan is kept.
		due = due.Add(s.Plan.Period)
		jitter := time.Duration((r.Float64() - 0.5) * 0.6 * float64(s.Plan.Period))
		next.Reset(max(0, time.Until(due.Add(jitter))))
	}
}

// first is the time to the first round: a batch does not come the moment the service starts.
func (p Plan) first() time.Duration { return min(p.Period/2, time.Second) }
