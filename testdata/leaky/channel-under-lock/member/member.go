// Package member is about those who read.
package member

import "time"

// Place is where a member reads.
type Place[M any] interface {
	Inbox() <-chan M
	Leave()
}

// Member reads some messages and leaves.
type Member struct {
	Reads    int           // before it leaves
	Patience time.Duration // what it takes to read one
}

// Attend is a member's stay: it ends when nobody posts any more.
func Attend[M any](at Place[M], m Member) {
	read := 0
	for range at.Inbox() {
		time.Sleep(m.Patience)
		if read++; read == m.Reads {
			at.Leave()
		}
	}
}
