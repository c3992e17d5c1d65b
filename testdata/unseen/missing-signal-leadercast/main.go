// Command missing-signal-leadercast agrees with its peers on the duties of each slot: the leader sends what is decided, and whoever has a duty waits for it.
package main

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/missing-signal-leadercast/cast"
)

func main() { service.Main(service.Program{Run: run}) }

// validator has duties in every slot.
type validator struct {
	duties   sync.WaitGroup
	resolved atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	v := &validator{}
	return s.Load(ctx, func(r service.Request) {
		slot := int64(r.ID)
		order := []cast.Duty{{Slot: slot, Kind: cast.Attest}, {Slot: slot, Kind: cast.Propose}}
		sent := order
		if r.Leaks {
			sent = []cast.Duty{order[1], order[0]}
		}
		v.slot(cast.NewTransport(), order, sent, r.Work/2)
	})
}

// slot waits for the duties in one order, and the leader sends them in its own.
func (v *validator) slot(t *cast.Transport, duties, sent []cast.Duty, takes time.Duration) {
	time.AfterFunc(takes, func() { lead(t, sent) })
	v.resolve(t, duties)
}

// resolve waits for one duty after the other comes up.
func (v *validator) resolve(t *cast.Transport, duties []cast.Duty) {
	for i, duty := range duties {
		v.duties.Add(1)
		up := time.Duration(i) * 10 * time.Millisecond
		go func() { // leak:func
			defer v.duties.Done()
			time.Sleep(up)
			if data := t.Await(duty); len(data) > 0 {
				v.resolved.Add(1)
			}
		}()
	}
}

// lead sends the decided data of the duties.
func lead(t *cast.Transport, duties []cast.Duty) {
	for _, duty := range duties {
		t.Receive(cast.Message{Duty: duty, Data: []byte{byte(duty.Slot), 1}})
		time.Sleep(25 * time.Millisecond)
	}
}
