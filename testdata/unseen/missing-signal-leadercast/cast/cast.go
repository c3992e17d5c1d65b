// Package cast brings what a leader decided to those who wait for it.
package cast

import "sync"

// Kind is what is to be done.
type Kind int

// The kinds of duties.
const (
	Attest Kind = iota
	Propose
)

// Duty is something to do in a slot.
type Duty struct {
	Slot int64
	Kind Kind
}

// Message has the data of a duty.
type Message struct {
	Duty Duty
	Data []byte
}

// Transport keeps messages until they are awaited.
type Transport struct {
	arrived *sync.Cond // its lock is for all below
	data    map[Duty][]byte
	dropped int
}

// NewTransport returns a Transport without messages.
func NewTransport() *Transport {
	return &Transport{arrived: sync.NewCond(new(sync.Mutex)), data: map[Duty][]byte{}}
}

// locked calls f with the lock.
func (t *Transport) locked(f func()) {
	t.arrived.L.Lock()
	defer t.arrived.L.Unlock()
	f()
}

// Receive takes a message from the leader.
func (t *Transport) Receive(m Message) {
	t.locked(func() {
		if _, ok := t.data[m.Duty]; ok {
			t.dropped++
			return
		}
		t.data[m.Duty] = m.Data
		t.arrived.Signal() // cause
	})
}

// Await returns the data of a duty, once it is there.
func (t *Transport) Await(duty Duty) (data []byte) {
	t.locked(func() {
		for {
			found := false
			if data, found = t.data[duty]; found {
				delete(t.data, duty)
				return
			}
			t.arrived.Wait()
		}
	})
	return data
}
