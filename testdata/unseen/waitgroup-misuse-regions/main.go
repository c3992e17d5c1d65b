// Command waitgroup-misuse-regions copies machine images to the regions their owners ask for, and keeps a catalogue of the copies.
package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"logcap.test/programs/service"
	"logcap.test/programs/unseen/waitgroup-misuse-regions/replicate"
)

func main() { service.Main(service.Program{Run: run}) }

type catalogue struct {
	mu     sync.Mutex
	copies map[string][]string
	spent  atomic.Int64
}

func run(ctx context.Context, s *service.Service) error {
	c := &catalogue{copies: map[string][]string{}}
	return s.Load(ctx, func(r service.Request) {
		wanted := []string{"eu-west", "us-east", "ap-south"}
		home := "eu-north"
		if r.Leaks {
			home = wanted[r.ID%len(wanted)]
		}
		c.publish(replicate.Image{ID: fmt.Sprintf("img-%06d", r.ID), Home: home, Size: r.Work}, wanted)
	})
}

// publish starts the copying and enters what arrives.
func (c *catalogue) publish(img replicate.Image, wanted []string) {
	copies := replicate.To(img, wanted, c.bill)
	go c.enter(img.ID, copies) // leak:func
}

func (c *catalogue) enter(id string, copies <-chan replicate.Copy) {
	for cp := range copies {
		if cp.Err != nil {
			continue
		}
		c.mu.Lock()
		c.copies[id] = append(c.copies[id], cp.Region)
		c.mu.Unlock()
	}
}

// bill counts the time that a copy took.
func (c *catalogue) bill(took time.Duration) { c.spent.Add(int64(took)) }
