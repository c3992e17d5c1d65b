package analyze

import (
	"cmp"
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
	if s.sig.mechanism != "" || s.sig.benign {
		return cmp.Or(s.sig.mechanism, Unknown), nil
	}
	switch s.state {
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
	if s.constructed() {
		return HandlePerCall, []Mechanism{ContractViolation}
	}
	switch s.state {
	case stateSleep:
		return TimerLoop, nil
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
	return DoubleLock, []Mechanism{MissingUnlock, LockOrder}
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
	return !hasUserFrame(s.frames)
}

// constructed: the goroutine is a package's own, started by an exported
// function of that package on behalf of another package. It comes with a handle
// that somebody had made and did not close.
func (s *suspect) constructed() bool {
	known := false
	for _, b := range s.births {
		frame, ok := b.launch()
		if !ok || !exported(frame.Func) {
			return false
		}
		pkg := goroutine.PackageOf(frame.Func)
		from := b.calledFrom()
		if from == "" && !b.whole {
			continue // nobody looked in time
		}
		if from == "" || from == pkg || !s.stayIn(pkg) {
			return false
		}
		known = true
	}
	return known
}

// stayIn: every frame is the package's or the standard library's.
func (s *suspect) stayIn(pkg string) bool {
	return !slices.ContainsFunc(s.frames, func(f goroutine.Frame) bool {
		return ownerOf(f) != ownStd && goroutine.PackageOf(f.Func) != pkg
	})
}

// exported: the function, not a method, has an exported name.
func exported(fn string) bool {
	name := strings.TrimPrefix(fn[len(goroutine.PackageOf(fn)):], ".")
	return name != "" && name[0] >= 'A' && name[0] <= 'Z' && !strings.Contains(name, ".")
}

// blocked is where the finding's goroutines wait.
func (s *suspect) blocked() Position {
	if s.pinned != nil && s.verdict == Stuck {
		return position(blockedAt(s.series.Places[s.pinned.place].Frames))
	}
	return position(blockedAt(s.frames))
}
