// Package observer looks after the state of clusters between two reconciliations.
package observer

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/unseen/client-per-call-observer/esclient"
)

// Connect returns a client for a cluster.
type Connect func(addr, user string) *esclient.Client

// State is what was last seen of a cluster.
type State struct {
	Health string
	Seen   time.Time
}

// Observers keep the state of all clusters.
type Observers struct {
	connect Connect

	mu     sync.Mutex
	states map[int]State
}

// New returns observers that see through connect.
func New(connect Connect) *Observers {
	return &Observers{connect: connect, states: map[int]State{}}
}

// Observe looks at cluster id once and remembers what it saw.
func (o *Observers) Observe(ctx context.Context, addr string, id int, work time.Duration) error {
	state, err := o.look(ctx, addr, id, work)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.states[id%64] = state
	return nil
}

func (o *Observers) look(ctx context.Context, addr string, id int, work time.Duration) (State, error) {
	client := o.connect(addr, "observer") // cause
	health, err := client.Health(ctx, id, work)
	if err != nil {
		return State{}, err
	}
	return State{Health: health, Seen: time.Now()}, nil
}
