// Package archive keeps what was settled.
package archive

import (
	"sync"
	"time"
)

// Archive is a ledger and an index of it, with a lock each.
type Archive struct {
	ledger  sync.Mutex
	entries []time.Time

	index sync.Mutex
	days  map[int]int // entries of each day of the year

	every time.Duration // between two compactions
}

// New makes an empty archive.
func New(compactEvery time.Duration) *Archive {
	return &Archive{days: map[int]int{}, every: compactEvery}
}

// Post writes entries, one after the other.
func (a *Archive) Post() {
	for {
		a.PostOne(time.Now())
		time.Sleep(time.Millisecond)
	}
}

// PostOne writes one entry.
func (a *Archive) PostOne(at time.Time) {
	a.ledger.Lock()
	defer a.ledger.Unlock()
	time.Sleep(10 * time.Millisecond) // to the disk
	a.entries = append(a.entries, at)
	a.note(at)
}

func (a *Archive) note(at time.Time) {
	a.index.Lock() // cause:stuck-func cause:stuck-method cause:stuck-wg
	defer a.index.Unlock()
	a.days[at.YearDay()]++
}

// Compact drops old entries now and then.
func (a *Archive) Compact() {
	for {
		time.Sleep(a.every)
		a.CompactOnce()
	}
}

// CompactOnce drops old entries.
func (a *Archive) CompactOnce() {
	a.index.Lock()
	defer a.index.Unlock()
	time.Sleep(30 * time.Millisecond) // to the disk
	clear(a.days)
	a.truncate()
}

func (a *Archive) truncate() {
	a.ledger.Lock() // cause:stuck-func cause:stuck-method cause:stuck-wg
	defer a.ledger.Unlock()
	a.entries = a.entries[:0]
}
