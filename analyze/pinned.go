package analyze

import "github.com/logcap/logcap/analyze/goroutine"

// pinned are goroutines of one site that did not move: the same ids at the
// same place in every dump from since until the last.
type pinned struct {
	ids           []uint64
	since, until  float64 // seconds since the watch began
	need          float64 // for how many seconds they had to stay to count
	state         goroutine.State
	place         int32 // the place most of them wait at
	workedEarlier bool
	minutes       uint32 // by the runtime's clock; 0 when the dumps' ids told
}

// findPinned looks for goroutines that will not move. For locks the same ids at
// one line are enough, since a mutex that moves on has other waiters. Channel
// sends, conditions and wait groups look the same in idle programs, so they
// need the site to have worked before. Receives and selects never suffice: that
// is how every idle worker waits.
func findPinned(s *Series, censuses []Census, kin *family, traces []TimedTrace, th Thresholds, window float64) *pinned {
	if len(censuses) < 3 {
		return pinnedForMinutes(s, censuses, th)
	}
	need := min(max(th.StuckShare*window, th.MinStuckSeconds), th.MaxStuckSeconds)
	byState := gatherPinned(s, censuses, kin, traces, need)
	var best *pinned
	for _, p := range byState {
		if !p.convincing(s, censuses, kin, traces) {
			continue
		}
		if best == nil || len(p.ids) > len(best.ids) || len(p.ids) == len(best.ids) && p.state < best.state {
			best = p
		}
	}
	if best == nil {
		return pinnedForMinutes(s, censuses, th)
	}
	return best
}

// gatherPinned collects, by state, the goroutines of the newest dump that have
// not moved for need seconds as far as dumps, births and traces tell.
func gatherPinned(s *Series, censuses []Census, kin *family, traces []TimedTrace, need float64) map[goroutine.State]*pinned {
	last := censuses[len(censuses)-1]
	byState := map[goroutine.State]*pinned{}
	places := map[goroutine.State]map[int32]int{}
	for _, m := range last.Members {
		state := s.Places[m.Place].State
		if !canBeStuck(state) {
			continue
		}
		held := heldSince(censuses, m)
		since := max(held, kin.lastStart(m.ID), lastRun(m.ID, traces))
		if last.T-since < need {
			continue
		}
		p := byState[state]
		if p == nil {
			p = &pinned{since: since, until: last.T, need: need, state: state}
			byState[state], places[state] = p, map[int32]int{}
		}
		p.ids = append(p.ids, m.ID)
		p.since = min(p.since, since)
		p.workedEarlier = p.workedEarlier || since > held || existedBefore(censuses, m.ID, since)
		places[state][m.Place]++
	}
	for state, p := range byState {
		p.place = mostCommon(places[state])
	}
	return byState
}

// existedBefore: a dump before since held the goroutine, somewhere else.
func existedBefore(censuses []Census, id uint64, since float64) bool {
	for _, c := range censuses {
		if c.T >= since {
			return false
		}
		if _, ok := find(c.Members, id); ok {
			return true
		}
	}
	return false
}

// pinnedForMinutes believes the runtime's own clock: a dump says for how many
// whole minutes a goroutine has waited, at least. It is how a single dump or a
// crash log tells of a lock that was never released.
func pinnedForMinutes(s *Series, censuses []Census, th Thresholds) *pinned {
	if len(censuses) == 0 {
		return nil
	}
	last := censuses[len(censuses)-1]
	p := &pinned{since: last.T, until: last.T}
	places := map[int32]int{}
	for _, m := range last.Members {
		state := s.Places[m.Place].State
		if !isLock(state) || m.Wait < th.StuckMinutes {
			continue
		}
		p.state = state
		p.ids = append(p.ids, m.ID)
		p.minutes = max(p.minutes, m.Wait)
		p.since = min(p.since, last.T-60*float64(m.Wait))
		places[m.Place]++
	}
	if len(p.ids) == 0 {
		return nil
	}
	p.place = mostCommon(places)
	return p
}

func canBeStuck(s goroutine.State) bool {
	return isLock(s) || s == stateChanSend || s == stateCond || s == stateWaitGroup || s == stateSemacquire
}

// convincing applies what the state needs beyond not moving.
func (p *pinned) convincing(s *Series, censuses []Census, kin *family, traces []TimedTrace) bool {
	switch {
	case isLock(p.state):
		return !p.queueMoves(censuses) && !p.queueRuns(censuses, traces)
	case p.state == stateWaitGroup:
		p.workedEarlier = p.outlivedOwn(kin)
		return p.workedEarlier
	}
	w := s.Waits[p.state]
	if w == nil {
		return p.workedEarlier
	}
	quiet := p.until - p.need                                // the site's ticks must show no change from here on
	p.workedEarlier = p.workedEarlier || w.Ended > kin.began // a restart ends every wait
	return p.workedEarlier && w.Changed <= quiet
}

// outlivedOwn: the waiters started goroutines, and those are all gone. What
// they wait for never comes. While one is left, the wait may still end, as
// main's does.
func (p *pinned) outlivedOwn(kin *family) bool {
	started := false
	for _, id := range p.ids {
		if kin.children[id] > 0 {
			return false
		}
		started = started || kin.parents[id]
	}
	return started
}

// queueMoves: of those that waited at the same place when the pinned ones
// began to, most have gone on. A long queue before a busy mutex is not stuck.
func (p *pinned) queueMoves(censuses []Census) bool {
	last := censuses[len(censuses)-1]
	left := map[uint64]bool{}
	for _, c := range censuses {
		if c.T < p.since || c.T == last.T {
			continue
		}
		for _, m := range c.Members {
			if m.Place != p.place {
				continue
			}
			if now, alive := find(last.Members, m.ID); !alive || now.Place != p.place {
				left[m.ID] = true
			}
		}
	}
	return len(left) >= len(p.ids)
}

// queueRuns: traces saw others run that waited at the same place before. They
// may be back there in every dump, as workers that share one busy mutex are.
func (p *pinned) queueRuns(censuses []Census, traces []TimedTrace) bool {
	ran := map[uint64]bool{}
	for _, timed := range traces {
		if timed.T < p.since {
			continue
		}
		before, _ := around(censuses, timed.T, timed.T)
		if before == nil {
			continue
		}
		for _, m := range before.Members {
			if m.Place == p.place && timed.Trace.Activity[m.ID].Runs > 0 {
				ran[m.ID] = true
			}
		}
	}
	return 2*len(ran) >= len(p.ids)
}

// heldSince is the time of the earliest dump from which on the goroutine was
// in every dump at its place.
func heldSince(censuses []Census, m Member) float64 {
	since := censuses[len(censuses)-1].T
	for i := len(censuses) - 2; i >= 0; i-- {
		before, ok := find(censuses[i].Members, m.ID)
		if !ok || before.Place != m.Place {
			break
		}
		since = censuses[i].T
	}
	return since
}

// lastRun is the end of the last trace that saw the goroutine run; 0 for none.
func lastRun(id uint64, traces []TimedTrace) float64 {
	at := 0.0
	for _, timed := range traces {
		if timed.Trace.Activity[id].Runs > 0 {
			at = max(at, timed.T+timed.Trace.Seconds)
		}
	}
	return at
}

func mostCommon(counts map[int32]int) int32 {
	var best int32
	most := 0
	for place, n := range counts {
		if n > most || n == most && place < best {
			best, most = place, n
		}
	}
	return best
}
