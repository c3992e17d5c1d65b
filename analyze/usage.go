package analyze

import (
	"fmt"
	"time"

	"github.com/logcap/logcap/analyze/growth"
)

// Usage is what a process on this machine used and held at one reading.
type Usage struct {
	T float64 // seconds since the watch began
	// Started is when the process was started: another one has another.
	Started     time.Time
	Descriptors int
	Limit       int   // how many descriptors may be open; 0 for no limit
	Memory      int64 // resident, in bytes
	Threads     int
	// Sampled: the groups are estimates, since there were very many descriptors.
	Sampled bool
	// Groups are the descriptors by what they are open on. A Builder turns them
	// into Holdings and does not keep them.
	Groups   []Held
	Warnings []string
}

// Held is a number of descriptors of one kind that have to do with one name.
type Held struct {
	Kind     string // "unix", "tcp", "file", "pipe" …
	Relation string // "to", "accepted", "listening", "bound", "in", "of"; "" without a name
	Name     string // HOST:PORT, the path of a socket, a folder
	Path     string // of a file when all of them are open on one
	N        int
}

// Holding is descriptors of one kind over the readings: those that have to do
// with one name, or all of the kind when Relation and Name are empty.
type Holding struct {
	Kind, Relation, Name string
	// Path is a file's when all of a folder's were open on one at the last reading that had any.
	Path string
	// Points has one number for every reading, zeros included.
	Points []growth.Point
}

// Bounds of what a Builder keeps of a process: two hours of readings, five
// seconds apart, and more groups than a reading has.
const (
	maxReadings = 1440
	maxHoldings = 400
)

// Usage adds a reading of what the process holds. A start that moved tells of
// a new process.
func (b *Builder) Usage(t time.Time, u *Usage) {
	reading := *u
	reading.T, reading.Groups, reading.Warnings = b.at(t), nil, nil
	for _, w := range u.Warnings {
		b.Warn(w)
	}
	b.h.Scrapes["process"]++
	if n := len(b.h.Usage); n > 0 && b.h.Usage[n-1].Started.Sub(u.Started).Abs() > time.Second {
		b.RestartBetween(b.h.Usage[n-1].T, reading.T)
	}
	b.h.Usage = append(b.h.Usage, reading)
	for _, g := range u.Groups {
		b.hold(Holding{Kind: g.Kind}, g.N)
		if g.Name != "" {
			b.hold(Holding{Kind: g.Kind, Relation: g.Relation, Name: g.Name, Path: g.Path}, g.N)
		}
	}
	for i := range b.h.Holdings {
		b.h.Holdings[i].fill(b.h.Usage)
	}
	b.thinReadings()
}

// hold adds n to a holding at the newest reading. New ones past the bound are
// in their kind's number only.
func (b *Builder) hold(which Holding, n int) {
	key := [3]string{which.Kind, which.Relation, which.Name}
	i, ok := b.held[key]
	if !ok {
		if len(b.h.Holdings) >= maxHoldings {
			b.Warn(fmt.Sprintf("of what the process holds open only the first %d groups are followed one by one", maxHoldings))
			return
		}
		i = len(b.h.Holdings)
		b.held[key] = i
		b.h.Holdings = append(b.h.Holdings, which)
	}
	h := &b.h.Holdings[i]
	h.Path = which.Path
	h.fill(b.h.Usage)
	h.Points[len(h.Points)-1].N += float64(n)
}

// fill adds a zero for every reading that is not there yet.
func (h *Holding) fill(readings []Usage) {
	for _, r := range readings[len(h.Points):] {
		h.Points = append(h.Points, growth.Point{T: r.T})
	}
}

// thinReadings thins every holding's points alike.
func (b *Builder) thinReadings() {
	if len(b.h.Usage) <= maxReadings {
		return
	}
	b.h.Usage = thinned(b.h.Usage)
	for i := range b.h.Holdings {
		b.h.Holdings[i].Points = thinned(b.h.Holdings[i].Points)
	}
}
