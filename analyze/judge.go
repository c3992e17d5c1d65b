package analyze

import (
	"fmt"

	"github.com/logcap/logcap/analyze/growth"
)

// judge gives one site its verdict, rule by rule, each with its reason.
func (s *suspect) judge(th Thresholds, window float64) {
	switch {
	case s.series.Leaked > 0:
		s.verdict = Confirmed
		s.because(Measured, fmt.Sprintf("the runtime's goroutineleak profile lists %s of this site: by reachability they can never wake", goroutines(s.series.Leaked)))
		s.describeTrend()
	case s.grows(th):
		s.describeTrend()
		s.judgeGrowth(th, window)
	case s.growsHidden(th):
		s.trend, s.hidden = s.old, true
		s.because(Measured, fmt.Sprintf("among many that come and go (%d ended while it was watched) the number of those older than %.0f s rises", s.cohort.Died, s.survival.Age))
		s.describeTrend()
		s.judgeGrowth(th, window)
	case s.pinned != nil:
		s.verdict = Stuck
		s.describePinned(window)
	default:
		s.verdict = Stable
	}
}

// grows: significant after correction, still rising, and by more than one slow
// request could explain.
func (s *suspect) grows(th Thresholds) bool {
	return s.trend.Growing && s.trend.PAdjusted <= th.Alpha && s.gained() >= th.MinGained
}

// growsHidden: the count of all goes up and down, and that of the old ones only
// up: a leak behind the site's own churn.
func (s *suspect) growsHidden(th Thresholds) bool {
	return s.old.Growing && s.old.PAdjusted <= th.Alpha && s.old.Last-s.old.First >= th.MinGained &&
		2*s.cohort.Died > s.cohort.Born && s.survival.Stay(th.Growth)
}

// judgeGrowth asks what the growth is made of.
func (s *suspect) judgeGrowth(th Thresholds, window float64) {
	switch {
	case s.dying(th):
		s.verdict = GrowingWithLoad
		s.because(Measured, fmt.Sprintf("%d of the %d that reached %.0f s of age ended: growth with deaths is load", s.survival.Died, s.survival.Exposed, th.OldShare*window))
	case s.sig.bad:
		s.verdict = Probable
		s.because(Measured, s.sig.why)
	case s.load != nil && !s.silent(th):
		s.verdict = GrowingWithLoad
		if s.activity.ran == 0 { // a gauge of requests in flight counts leaked ones too
			s.verdict = Suspect
		}
		s.because(Measured, fmt.Sprintf("the target's own gauge %s%s rises alongside", s.load.Name, s.load.Labels))
	case s.idleConnections() && window < th.KeepAlive && !s.abandoned(th):
		s.verdict = Suspect
		s.because(Measured, fmt.Sprintf("the watch of %.0f s is shorter than the %.0f s for which idle connections are kept by default", window, th.KeepAlive))
	case s.sig.benign && s.sig.mechanism == "":
		s.verdict = Suspect
		if !s.stays(th) {
			s.verdict = GrowingWithLoad
		}
		s.because(Measured, s.sig.why)
	case s.working(th):
		s.verdict = Suspect
		s.because(Measured, fmt.Sprintf("%d of %d that were traced for %.0f s were given something to do in that time, by another goroutine or the network: they are at work, and a long session looks the same", s.activity.woken, s.activity.observed, s.activity.seconds))
	case s.stays(th):
		s.verdict = Probable
		s.describeCohort(th, window)
	case !s.hasIDs && s.trend.Ratchet && s.trend.Seconds >= th.RatchetSeconds:
		s.verdict = Probable
		s.because(Measured, fmt.Sprintf("no ids were taken, but the minimum rose from third to third over %s", duration(s.trend.Seconds)))
	default:
		s.verdict = Suspect
		s.describeDoubt(th)
	}
	s.describeActivity()
}

// dying: of the goroutines old enough to have had reason to end, a good part did.
func (s *suspect) dying(th Thresholds) bool {
	return s.hasIDs && s.survival.Exposed >= th.MinOld && float64(s.survival.Died) >= th.DyingShare*float64(s.survival.Exposed)
}

// stays: enough reached the age, and none of them died. A few deaths are let
// pass when traces saw that nobody gives the survivors anything to do: then it is
// the dead ones that were healthy, as where one request in three leaks.
func (s *suspect) stays(th Thresholds) bool {
	if !s.hasIDs || s.survival.Exposed < th.MinOld {
		return false
	}
	idle := s.activity.observed >= th.MinOld && s.activity.woken == 0
	return s.survival.Died == 0 || (idle || s.hidden) && !s.dying(th)
}

// working: somebody gives them something to do. A loop on a timer of its own
// runs again and again too, and leaks all the same.
func (s *suspect) working(th Thresholds) bool {
	return s.activity.observed > 0 && float64(s.activity.woken) >= th.ActiveShare*float64(s.activity.observed)
}

// idleConnections: net/http's own connection goroutines.
func (s *suspect) idleConnections() bool {
	return isClientLoop(string(s.series.Key)) || string(s.series.Key) == connServe && s.sig.benign
}

// silent: traces saw none of them run, so they do no work, however much of it there is.
func (s *suspect) silent(th Thresholds) bool {
	return s.activity.observed >= th.MinOld && s.activity.ran == 0
}

// abandoned: traces saw who made the connections, and not one of the old ones
// ran while they looked. A shared client would have used them again.
func (s *suspect) abandoned(th Thresholds) bool {
	return len(s.births) > 0 && s.silent(th) && s.stays(th)
}

func (s *suspect) describeTrend() {
	t := s.trend
	if t.Seconds == 0 {
		return
	}
	s.because(Measured, fmt.Sprintf("%s a minute (95 %% interval %s to %s) over %d samples in %s; Mann–Kendall %s after Holm's correction",
		signed(t.Rate), signed(t.Low), signed(t.High), t.Samples, duration(t.Seconds), pvalue(t.PAdjusted)))
	if t.Step != nil {
		s.because(Measured, fmt.Sprintf("it rises in steps of %.0f every %.1f s: match height and period against batch sizes and tickers", t.Step.Height, t.Step.Period))
	}
}

func (s *suspect) describeCohort(th Thresholds, window float64) {
	ended := "none ended"
	if s.survival.Died > 0 {
		ended = fmt.Sprintf("%d ended", s.survival.Died)
	}
	s.because(Measured, fmt.Sprintf("%s born since the first dump, %d still there; of the %d that reached %.0f s of age %s",
		goroutines(s.cohort.Born), s.cohort.Survivors, s.survival.Exposed, th.OldShare*window, ended))
	if s.survival.MeanLifeExcluded > 0 {
		s.because(Measured, fmt.Sprintf("mean lifetimes below %s are excluded at 95 %%; healthy goroutines that live longer would look the same", duration(s.survival.MeanLifeExcluded)))
	}
}

func (s *suspect) describeDoubt(th Thresholds) {
	switch {
	case !s.hasIDs:
		s.because(Measured, fmt.Sprintf("no two dumps with goroutine ids were taken, so births and deaths are not known; growth alone is probable only after %s of ratchet", duration(th.RatchetSeconds)))
	case s.survival.Exposed < th.MinOld:
		s.because(Measured, "too few goroutines grew old enough within the watch to ask whether they ever end")
	default:
		s.because(Measured, fmt.Sprintf("%d of the %d old ones ended", s.survival.Died, s.survival.Exposed))
	}
}

func (s *suspect) describeActivity() {
	switch {
	case s.activity.observed == 0:
	case s.activity.ran > 0 && s.activity.woken == 0:
		s.because(Measured, fmt.Sprintf("%d of the %d that were traced for %.0f s ran, every time woken by a timer of their own: nobody gave them anything to do", s.activity.ran, s.activity.observed, s.activity.seconds))
	case s.activity.ran == 0:
		s.because(Measured, fmt.Sprintf("none of the %d that were traced for %.0f s ran at all", s.activity.observed, s.activity.seconds))
	}
}

// describePinned says what a stuck verdict rests on.
func (s *suspect) describePinned(window float64) {
	p := s.pinned
	if p.minutes > 0 {
		s.because(Measured, fmt.Sprintf("%s waited for the lock, the oldest for at least %d minutes by the runtime's own clock", goroutines(len(p.ids)), p.minutes))
		return
	}
	s.because(Measured, fmt.Sprintf("%s waited at the same place in every dump from %s on (%s of %s)",
		theSame(len(p.ids)), duration(p.since), duration(p.until-p.since), duration(window)))
	switch {
	case p.state == stateWaitGroup:
		s.because(Measured, "the goroutines that they started themselves have all ended: no call of Done is left to come from them")
	case p.workedEarlier:
		s.because(Measured, "earlier in the watch the site was at work: its waits ended, or its goroutines were at other places")
	}
}

// shape is the finding's form of growth.
func (s *suspect) shape() growth.Shape {
	if s.verdict == Stuck {
		return growth.Stuck
	}
	return s.trend.Shape
}
