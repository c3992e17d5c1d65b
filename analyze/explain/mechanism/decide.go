package mechanism

import (
	"github.com/logcap/logcap/analyze"
)

// rules are in the order in which they are asked: what is decided by less comes first.
func rules() []struct {
	mechanism analyze.Mechanism
	holds     rule
} {
	return []struct {
		mechanism analyze.Mechanism
		holds     rule
	}{
		{analyze.HTTPBodyNotClosed, httpBodyNotClosed},
		{analyze.ClientPerCall, clientPerCall},
		{analyze.HandlePerCall, handlePerCall},
		{analyze.StuckIO, stuckIO},
		{analyze.NilChannel, nilChannel},
		{analyze.EmptySelect, emptySelect},
		{analyze.ContextWatcher, contextWatcher},
		{analyze.DoubleLock, doubleLock},
		{analyze.RecursiveRLock, recursiveRLock},
		{analyze.LockOrder, lockOrder},
		{analyze.ChannelUnderLock, channelUnderLock},
		{analyze.MissingUnlock, missingUnlock},
		{analyze.MissingSignal, missingSignal},
		{analyze.WaitGroupMisuse, waitGroupMisuse},
		{analyze.DoubleSend, doubleSend},
		{analyze.NCast, nCast},
		{analyze.TimeoutLeak, timeoutLeak},
		{analyze.PrematureReturn, prematureReturn},
		{analyze.MissingReceiver, missingReceiver},
		{analyze.UnclosedRange, unclosedRange},
		{analyze.ContractViolation, contractViolation},
		{analyze.LostCancel, lostCancel},
		{analyze.TimerLoop, timerLoop},
		{analyze.MissingSender, missingSender},
	}
}

// Decide asks every rule. The first that is sure decides; else the first that holds.
func Decide(c *Case) (*Decision, []Excluded) {
	var best *Decision
	var excluded []Excluded
	for _, r := range rules() {
		d, why := r.holds(c)
		switch {
		case d == nil && why != "":
			excluded = append(excluded, Excluded{r.mechanism, why})
		case d != nil && (best == nil || d.Sure && !best.Sure):
			d.Mechanism = r.mechanism
			best = d
		}
	}
	return best, excluded
}
