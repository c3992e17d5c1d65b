package analyze

import (
	"slices"
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// nameMechanism says how the goroutines came to stay, where state and stack
// decide, and lists what is left to the source tree where they do not.
func (s *suspect) nameMechanism() {
	s.mechanism, s.maybe = mechanismOf(s)
}

func mechanismOf(s *suspect) (Mechanism, []Mechanism) {
	if s.sig.mechanism != "" {
		return s.sig.mechanism, nil
	}
	switch s.state {
	case stateSleep:
		return TimerLoop, nil
	case stateCond:
		return MissingSignal, nil
	case stateWaitGroup:
		return WaitGroupMisuse, nil
	case stateMutex, stateRWLock, stateRLock:
		return lockMechanism(s)
	}
	if s.libraryOnly() {
		return HandlePerCall, nil
	}
	switch s.state {
	case stateIOWait:
		return StuckIO, nil
	case stateChanSend:
		return Unknown, []Mechanism{PrematureReturn, TimeoutLeak, NCast, DoubleSend, MissingReceiver}
	case stateChanReceive:
		return receiveMechanism(s)
	case stateSelect:
		if s.ticks() {
			return Unknown, []Mechanism{ContractViolation, TimerLoop, LostCancel}
		}
		return Unknown, []Mechanism{ContractViolation, LostCancel, MissingSender}
	}
	return Unknown, nil
}

// receiveMechanism tells a range over a channel nobody closes from a receive,
// and a receive that is answered again and again (time.Tick in a loop) from
// one that never is.
func receiveMechanism(s *suspect) (Mechanism, []Mechanism) {
	switch {
	case s.ticks():
		return TimerLoop, nil
	case s.ranged:
		return UnclosedRange, nil
	}
	return Unknown, []Mechanism{MissingSender, LostCancel, TimerLoop}
}

// ticks: most of the survivors ran during the traces, woken by nothing but
// timers of their own: they go back to the same wait again and again.
func (s *suspect) ticks() bool {
	return s.activity.observed > 0 && s.activity.woken == 0 && 2*s.activity.ran >= s.activity.observed
}

// lockMechanism: which kind of lock the site waits for. Whether another site
// waits for it in turn is seen only when all findings are together.
func lockMechanism(s *suspect) (Mechanism, []Mechanism) {
	if s.mixesLocks() {
		return RecursiveRLock, []Mechanism{MissingUnlock}
	}
	if s.state == stateRLock {
		return RecursiveRLock, []Mechanism{MissingUnlock}
	}
	return DoubleLock, []Mechanism{MissingUnlock}
}

// mixesLocks: readers and writers of the site wait at the same time.
func (s *suspect) mixesLocks() bool {
	g := s.newest()
	return g != nil && g.States[stateRLock] > 0 && g.States[stateRWLock] > 0
}

// libraryOnly: no frame of the goroutine is the target's own code.
func (s *suspect) libraryOnly() bool {
	if len(s.frames) == 0 {
		return false
	}
	_, user := userFrame(s.frames)
	return !user
}

// blocked is where the finding's goroutines wait.
func (s *suspect) blocked() Position {
	if s.pinned != nil && s.verdict == Stuck {
		return position(blockedAt(s.series.Places[s.pinned.place].Frames))
	}
	return position(blockedAt(s.frames))
}

// reads: the stack is inside a Read, so IO wait is for data and not for room to write.
func reads(frames []goroutine.Frame) bool {
	return slices.ContainsFunc(frames, func(f goroutine.Frame) bool {
		return strings.HasSuffix(f.Func, ".Read") || strings.HasSuffix(f.Func, ".ReadFrom") || strings.HasSuffix(f.Func, ".Accept")
	})
}
