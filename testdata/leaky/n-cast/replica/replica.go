// Package replica is the client's side of one replica of the store.
package replica

import "time"

// Key names a value. Size is how long it takes to come over.
type Key struct {
	Name string
	Size time.Duration
}

// Value is what a replica has for a key.
type Value struct {
	Data string
	From string
}

// Node is one replica.
type Node interface {
	// Get returns the value of a key.
	Get(Key) Value
	// Deliver gets the value and sends it to out.
	Deliver(k Key, out chan<- Value)
}

type remote struct {
	name     string
	distance time.Duration
}

// Dial returns the replica of that name.
func Dial(name string, distance time.Duration) Node {
	return &remote{name: name, distance: distance}
}

func (r *remote) Get(k Key) Value {
	time.Sleep(r.distance + k.Size)
	return Value{Data: "value of " + k.Name, From: r.name}
}

func (r *remote) Deliver(k Key, out chan<- Value) {
	v := r.Get(k)
	out <- v
}
