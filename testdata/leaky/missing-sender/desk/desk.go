// Package desk holds orders and ships them.
package desk

import (
	"sync"

	"logcap.test/programs/leaky/missing-sender/order"
)

// Desk is where orders wait.
type Desk struct {
	parcels sync.WaitGroup

	mu      sync.Mutex
	shipped map[string]int // by who granted it
}

func (d *Desk) ship(dec order.Decision) {
	if !dec.Granted {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shipped == nil {
		d.shipped = map[string]int{}
	}
	d.shipped[dec.By]++
}

// Hold ships o once that is granted.
func (d *Desk) Hold(o *order.Order) {
	go func() { // leak:func
		dec := <-o.Decision()
		d.ship(dec)
	}()
}

// parcel is an order that is packed already.
type parcel struct {
	desk    *Desk
	granted <-chan order.Decision
}

// HoldFragile packs o and ships it once that is granted.
func (d *Desk) HoldFragile(o *order.Order) {
	p := parcel{desk: d, granted: o.Decision()}
	go p.wait() // leak:method
}

func (p parcel) wait() {
	p.desk.ship(<-p.granted)
}

// HoldBulk ships o by lorry once that is granted.
func (d *Desk) HoldBulk(o *order.Order) {
	d.parcels.Go(func() { // leak:wg
		d.ship(first(o.Decision()))
	})
}

// first returns what arrives first.
func first[T any](c <-chan T) T { return <-c }
