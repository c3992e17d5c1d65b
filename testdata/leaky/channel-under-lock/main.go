// Command channel-under-lock runs chat rooms. A room sends to its member while it holds its lock; a member that wants to leave needs
// the lock and no longer receives.
//
// The stuck variant has one room for all, and the first member that leaves stops the posters.
package main

import (
	"context"
	"sync"
	"time"

	"logcap.test/programs/service"
)

func main() { service.Main(service.Program{Run: run, Variants: []string{"growing", "stuck"}}) }

type chat struct {
	posts sync.WaitGroup
}

// room has one member that reads its messages.
type room struct {
	mu      sync.Mutex
	open    bool
	inbox   chan int
	reads   int           // messages the member reads before it leaves
	patient time.Duration // what the member takes to read one
}

func newRoom(reads int, patient time.Duration) *room {
	return &room{open: true, inbox: make(chan int), reads: reads, patient: patient}
}

func run(ctx context.Context, s *service.Service) error {
	c := &chat{}
	if s.Variant == "stuck" {
		const patient = 10 * time.Millisecond
		start := service.Pick(s.Style, c.serveInline, c.serveMethod, c.serveGroup)
		start(newRoom(int(s.StuckAfter/patient), patient), 3+s.Rand.IntN(4))
		<-ctx.Done()
		return ctx.Err()
	}
	converse := service.Pick(s.Style, c.converseInline, c.converseMethod, c.converseGroup)
	return s.Load(ctx, func(r service.Request) {
		reads := 3
		if r.Leaks {
			reads = 2
		}
		converse(newRoom(reads, r.Work/3))
	})
}

// post hands a message to the member while the room cannot change.
func (rm *room) post(message int) {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if rm.open {
		rm.inbox <- message
	}
}

func (rm *room) leave() {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.open = false
}

// talk posts three messages.
func (rm *room) talk() {
	for i := range 3 {
		rm.post(i)
	}
}

// listen is the member.
func (rm *room) listen() {
	for range rm.reads {
		<-rm.inbox
		time.Sleep(rm.patient)
	}
	rm.leave()
}

func (c *chat) converseInline(rm *room) {
	go func() { // leak:func
		for i := range 3 {
			rm.mu.Lock()
			if rm.open {
				rm.inbox <- i
			}
			rm.mu.Unlock()
		}
	}()
	go func() { // leak:func
		for range rm.reads {
			<-rm.inbox
			time.Sleep(rm.patient)
		}
		rm.leave()
	}()
}

func (c *chat) converseMethod(rm *room) {
	go rm.talk()   // leak:method
	go rm.listen() // leak:method
}

func (c *chat) converseGroup(rm *room) {
	c.posts.Go(func() { // leak:wg
		for i := range 3 {
			rm.post(i)
		}
	})
	c.posts.Go(func() { // leak:wg
		rm.listen()
	})
}

// chatter posts for ever.
func (rm *room) chatter() {
	for i := 0; ; i++ {
		rm.post(i)
		time.Sleep(5 * time.Millisecond)
	}
}

func (c *chat) serveInline(rm *room, posters int) {
	for range posters {
		go func() { // leak:stuck-func
			for i := 0; ; i++ {
				rm.post(i)
				time.Sleep(5 * time.Millisecond)
			}
		}()
	}
	go func() { // leak:stuck-func
		rm.listen()
	}()
}

func (c *chat) serveMethod(rm *room, posters int) {
	for range posters {
		go rm.chatter() // leak:stuck-method
	}
	go rm.listen() // leak:stuck-method
}

func (c *chat) serveGroup(rm *room, posters int) {
	for range posters {
		c.posts.Go(func() { // leak:stuck-wg
			rm.chatter()
		})
	}
	c.posts.Go(func() { // leak:stuck-wg
		rm.listen()
	})
}
