// Command channel-under-lock runs chat rooms. A room sends to its member while it holds its lock; a member that wants to leave needs
// the lock and does not receive meanwhile.
//
// The stuck variant has one room for all, and the first member that leaves stops the posters.
package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"logcap.test/programs/leaky/channel-under-lock/member"
	"logcap.test/programs/leaky/channel-under-lock/room"
	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

// hall is a room for messages of text.
type hall = room.Room[string]

type chat struct {
	posts sync.WaitGroup
}

func run(ctx context.Context, s *service.Service) error {
	c := &chat{}
	if s.Variant == "stuck" {
		const patience = 10 * time.Millisecond
		posters := 3 + s.Rand.IntN(4)
		start := service.Pick(s.Style, c.serveInline, c.serveMethod, c.serveGroup)
		start(room.New[string](posters), member.Member{Reads: int(s.StuckAfter / patience), Patience: patience}, posters)
		<-ctx.Done()
		return ctx.Err()
	}
	converse := service.Pick(s.Style, c.converseInline, c.converseMethod, c.converseGroup)
	return s.Load(ctx, func(r service.Request) {
		m := member.Member{Reads: 3, Patience: r.Work / 3}
		if r.Leaks {
			m.Reads = 2
		}
		converse(room.New[string](1), m)
	})
}

// talk posts three messages.
func (c *chat) talk(h *hall) {
	defer h.Quit()
	for _, word := range []string{"hello", "and", "goodbye"} {
		h.Post(word)
	}
}

func (c *chat) converseInline(h *hall, m member.Member) {
	go func() { // leak:func
		defer h.Quit()
		for i := range 3 {
			h.Post(fmt.Sprint("message ", i))
		}
	}()
	go func() { // leak:func
		member.Attend(h, m)
	}()
}

func (c *chat) converseMethod(h *hall, m member.Member) {
	go c.talk(h)           // leak:method
	go member.Attend(h, m) // leak:method
}

func (c *chat) converseGroup(h *hall, m member.Member) {
	c.posts.Go(func() { c.talk(h) })           // leak:wg
	c.posts.Go(func() { member.Attend(h, m) }) // leak:wg
}

// chatter posts until the member has left.
func (c *chat) chatter(h *hall) {
	defer h.Quit()
	for i := 0; h.Post(fmt.Sprint("message ", i)); i++ {
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *chat) serveInline(h *hall, m member.Member, posters int) {
	for range posters {
		go func() { // leak:stuck-func
			defer h.Quit()
			for h.Post(time.Now().String()) {
				time.Sleep(5 * time.Millisecond)
			}
		}()
	}
	go func() { // leak:stuck-func
		member.Attend(h, m)
	}()
}

func (c *chat) serveMethod(h *hall, m member.Member, posters int) {
	for range posters {
		go c.chatter(h) // leak:stuck-method
	}
	go member.Attend(h, m) // leak:stuck-method
}

func (c *chat) serveGroup(h *hall, m member.Member, posters int) {
	for range posters {
		c.posts.Go(func() { c.chatter(h) }) // leak:stuck-wg
	}
	c.posts.Go(func() { member.Attend(h, m) }) // leak:stuck-wg
}
