//go:build linux

package main

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// beat is how often the heart beats.
const beat = 200 * time.Microsecond

// Beats is how evenly the heart has beaten since it was last asked: gaps
// between two beats, of which each should be a little more than 200 µs.
type Beats struct {
	N               int
	Median, Longest time.Duration
	// Late are gaps of 5 ms and more.
	Late int
}

// heart is a goroutine that wakes every 200 µs and notes when it did: what
// stops the process, or keeps it from a processor, is a gap.
type heart struct {
	mu   sync.Mutex
	gaps []time.Duration
	stop chan struct{}
	done chan struct{}
}

func startHeart() *heart {
	h := &heart{stop: make(chan struct{}), done: make(chan struct{}), gaps: make([]time.Duration, 0, 1<<20)}
	go h.run()
	return h
}

func (h *heart) run() {
	defer close(h.done)
	runtime.LockOSThread() // a thread of its own, so that only the process being held up can be late
	defer runtime.UnlockOSThread()
	for last := time.Now(); ; {
		select {
		case <-h.stop:
			return
		default:
		}
		sleepFor(beat)
		now := time.Now()
		h.mu.Lock()
		h.gaps = append(h.gaps, now.Sub(last))
		h.mu.Unlock()
		last = now
	}
}

// sleepFor sleeps in the kernel: the runtime's own timers wait in whole
// milliseconds when nothing else runs.
func sleepFor(d time.Duration) {
	left := unix.NsecToTimespec(d.Nanoseconds())
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
}

func (h *heart) end() {
	close(h.stop)
	<-h.done
}

// since sums up the beats since it was last called.
func (h *heart) since() Beats {
	h.mu.Lock()
	gaps := slices.Clone(h.gaps)
	h.gaps = h.gaps[:0]
	h.mu.Unlock()
	if len(gaps) == 0 {
		return Beats{}
	}
	slices.Sort(gaps)
	late, _ := slices.BinarySearch(gaps, 5*time.Millisecond)
	return Beats{N: len(gaps), Median: gaps[len(gaps)/2], Longest: gaps[len(gaps)-1], Late: len(gaps) - late}
}
