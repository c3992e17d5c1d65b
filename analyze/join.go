package analyze

import (
	"fmt"
	"math"
	"slices"

	"github.com/logcap/logcap/analyze/goroutine"
)

// join makes one finding of what is one leak: the two loops of a connection,
// the locks that wait for each other, what piled up behind.
func join(accused, all []*suspect) {
	joinConnections(accused)
	joinOtherEnd(accused)
	joinLocks(accused)
	joinWaiters(accused, all)
	joinHolders(accused)
	joinVictims(accused)
	joinChildren(accused)
	joinSamePlace(accused)
}

// absorb makes other a part of s: as a site of the same finding, or as a victim.
func (s *suspect) absorb(other *suspect, victim bool) {
	if other.absorbed || other == s || s.absorbed {
		return
	}
	other.absorbed, other.into = true, s
	if victim {
		s.victims = append(s.victims, Victim{Site: other.site, Count: other.count().Last})
		s.victims = append(s.victims, other.victims...)
		return
	}
	s.others = append(s.others, other)
	s.others = append(s.others, other.others...)
	s.victims = append(s.victims, other.victims...)
	if rank[other.verdict] < rank[s.verdict] {
		s.verdict = other.verdict
	}
}

// joinConnections: readLoop and writeLoop of the same client connections are
// one finding, named by the reader, whose state tells the mechanism. A reader
// in select is a body that was not closed; pairs that grow and never die are
// clients made per call and abandoned.
func joinConnections(accused []*suspect) {
	reader, writer := byEntry(accused, readLoop), byEntry(accused, writeLoop)
	if reader == nil || writer == nil {
		return
	}
	if rank[writer.verdict] < rank[reader.verdict] {
		reader.verdict = writer.verdict
	}
	reader.because(Measured, fmt.Sprintf("readers and writers grow alike, %s and %s a minute: two goroutines and one descriptor for each connection",
		signed(reader.trend.Rate), signed(writer.trend.Rate)))
	reader.absorb(writer, false)
}

func byEntry(suspects []*suspect, entry string) *suspect {
	for _, s := range suspects {
		if string(s.series.Key) == entry && !s.absorbed {
			return s
		}
	}
	return nil
}

// joinOtherEnd: when the leaked client talks to a server in the same process,
// the server's goroutines grow at the client's rate. They follow from it.
func joinOtherEnd(accused []*suspect) {
	client, server := byEntry(accused, readLoop), byEntry(accused, connServe)
	if client == nil || server == nil || server.state != stateIOWait {
		return
	}
	if sameRate(client, server) {
		client.absorb(server, true)
		client.because(Measured, "the server's end of the same connections is in this process and grows with them")
	}
}

// sameRate: each rate lies in the other's interval, or within a tenth of it.
func sameRate(x, y *suspect) bool {
	near := math.Abs(x.trend.Rate-y.trend.Rate) <= 0.1*max(x.trend.Rate, y.trend.Rate)
	within := x.trend.Rate >= y.trend.Low && x.trend.Rate <= y.trend.High && y.trend.Rate >= x.trend.Low && y.trend.Rate <= x.trend.High
	return near || within
}

// joinLocks: sites that wait for locks of one package are one finding. Two
// places in Lock wait for each other; a reader with a writer waiting is a
// recursive read lock.
func joinLocks(accused []*suspect) {
	for i, s := range accused {
		if s.absorbed || !isLock(s.waitState()) {
			continue
		}
		for _, other := range accused[i+1:] {
			if other.absorbed || !isLock(other.waitState()) || !related(s, other) {
				continue
			}
			switch {
			case s.verdict == Stuck && other.verdict != Stuck:
				s.absorb(other, true)
			case other.verdict == Stuck && s.verdict != Stuck:
				other.absorb(s, true)
			case s.verdict == Stuck && len(other.pinned.ids) > 2*len(s.pinned.ids)+1:
				s.absorb(other, true)
			default:
				s.mechanism, s.maybe = mutualLocks(s, other)
				s.absorb(other, false)
			}
		}
	}
}

// mutualLocks names two lock sites that wait together.
func mutualLocks(x, y *suspect) (Mechanism, []Mechanism) {
	states := []goroutine.State{x.waitState(), y.waitState()}
	if slices.Contains(states, stateRLock) && slices.Contains(states, stateRWLock) {
		return RecursiveRLock, []Mechanism{MissingUnlock}
	}
	return LockOrder, []Mechanism{MissingUnlock}
}

// waitState is the state that the verdict rests on.
func (s *suspect) waitState() goroutine.State {
	if s.verdict == Stuck {
		return s.pinned.state
	}
	return s.state
}

// related: the functions in which both wait belong to one package of the target.
func related(x, y *suspect) bool {
	return goroutine.PackageOf(x.blocked().Func) == goroutine.PackageOf(y.blocked().Func)
}

// joinWaiters: a goroutine that sits in a channel operation while others wait
// for a lock in the same package holds that lock: the channel is the cause,
// the waiters are victims.
func joinWaiters(accused, all []*suspect) {
	for _, lock := range accused {
		if lock.absorbed || !isLock(lock.waitState()) {
			continue
		}
		for _, s := range all {
			if s.absorbed && s.into != lock { // what piled up behind the lock may have its holder among it
				continue
			}
			holder := s.holderBehind(lock)
			if holder == nil {
				continue
			}
			lock.mechanism, lock.maybe, lock.holder = ChannelUnderLock, nil, holder
			lock.because(Measured, fmt.Sprintf("%s at %s has sat in %s all that time, in the same package: by all appearance it holds what the others wait for",
				holder.Func, place(*holder), s.channelState(lock)))
			break
		}
	}
}

// joinHolders: sites of one package that grow at one rate, one in a channel
// operation and the other in Lock, are the holder and the waiter of the same lock.
func joinHolders(accused []*suspect) {
	for _, lock := range accused {
		if lock.absorbed || !lock.trend.Growing || !isLock(lock.state) {
			continue
		}
		for _, holder := range accused {
			if holder.absorbed || !holder.trend.Growing || !isChannel(holder.state) || !related(lock, holder) || !sameRate(lock, holder) {
				continue
			}
			holder.mechanism, holder.maybe = ChannelUnderLock, nil
			holder.because(Measured, fmt.Sprintf("%s grows at the same rate in %s, in the same package: by all appearance it waits for what these hold", lock.site.Entry, lock.state))
			holder.absorb(lock, false)
			break
		}
	}
}

// joinVictims: waiters for a wait group whose members are accused themselves.
func joinVictims(accused []*suspect) {
	for _, waiter := range accused {
		if waiter.absorbed || waiter.waitState() != stateWaitGroup {
			continue
		}
		for _, s := range accused {
			if s != waiter && !s.absorbed && s.descendsFrom(waiter) {
				s.absorb(waiter, true)
				break
			}
		}
	}
}

// joinChildren: goroutines of the standard library that an accused site's own
// goroutines started follow from it.
func joinChildren(accused []*suspect) {
	for _, child := range accused {
		if child.absorbed || child.verdict == Confirmed || !child.libraryOnly() {
			continue
		}
		for _, parent := range accused {
			if parent != child && !parent.absorbed && (child.descendsFrom(parent) || child.readsAheadFor(parent)) {
				parent.absorb(child, true)
				break
			}
		}
	}
}

// readsAheadFor: net/http starts one reader for each request in its handler.
// Dumps of Go before 1.21 do not say whose children these are.
func (s *suspect) readsAheadFor(server *suspect) bool {
	return string(s.series.Key) == readAhead && string(server.series.Key) == connServe && sameRate(s, server)
}

// joinSamePlace: one go statement whose closure was inlined into several
// functions has several names; it is one site.
func joinSamePlace(accused []*suspect) {
	for i, s := range accused {
		if s.absorbed || !s.site.Exact {
			continue
		}
		for _, other := range accused[i+1:] {
			if !other.absorbed && other.site.Exact && other.site.File == s.site.File && other.site.Line == s.site.Line {
				s.absorb(other, false)
			}
		}
	}
}

// descendsFrom: most of the site's goroutines in the newest dump were started
// by goroutines of the other site that are there too.
func (s *suspect) descendsFrom(parent *suspect) bool {
	if len(s.censuses) == 0 || len(parent.censuses) == 0 {
		return false
	}
	mine, theirs := s.censuses[len(s.censuses)-1].Members, parent.censuses[len(parent.censuses)-1].Members
	n := 0
	for _, m := range mine {
		if _, ok := find(theirs, m.Parent); ok {
			n++
		}
	}
	return n > 0 && 2*n >= len(mine)
}

func place(p Position) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }
