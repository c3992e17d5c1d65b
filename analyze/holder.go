package analyze

import "github.com/logcap/logcap/analyze/goroutine"

// A channel operation under a lock: the holder waits on the channel, and the
// waiters for the lock show that it holds something. Neither alone is a
// finding for a receive or a select, which is how idle workers look.

// holderBehind is where one of this site's goroutines has sat in a channel
// operation for at least as long as the lock's waiters have waited; nil if none.
func (s *suspect) holderBehind(lock *suspect) *Position {
	m := s.channelMember(lock)
	if m == nil {
		return nil
	}
	at := position(blockedAt(s.series.Places[m.Place].Frames))
	if goroutine.PackageOf(at.Func) != goroutine.PackageOf(lock.blocked().Func) {
		return nil
	}
	return &at
}

func (s *suspect) channelState(lock *suspect) goroutine.State {
	if m := s.channelMember(lock); m != nil {
		return s.series.Places[m.Place].State
	}
	return ""
}

// channelMember is a goroutine of the site that has sat in a channel operation
// for half as long as the lock's waiters or more. A receiver or selector that
// has sat there since the watch began, as main often does, holds nothing that
// worked earlier; a sender does.
func (s *suspect) channelMember(lock *suspect) *Member {
	if lock.pinned == nil || len(s.censuses) < 3 {
		return nil
	}
	newest := s.censuses[len(s.censuses)-1]
	for i := range newest.Members {
		m := &newest.Members[i]
		state := s.series.Places[m.Place].State
		if !isChannel(state) {
			continue
		}
		since := heldSince(s.censuses, *m)
		fromStart := since == s.censuses[0].T && state != stateChanSend
		if 2*(newest.T-since) >= newest.T-lock.pinned.since && !fromStart {
			return m
		}
	}
	return nil
}
