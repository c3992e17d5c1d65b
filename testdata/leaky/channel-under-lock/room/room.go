// Package room is where messages are posted to a member.
package room

import "sync"

// Room has posters and one member that reads what they post.
type Room[M any] struct {
	mu      sync.Mutex
	open    bool
	posters int
	inbox   chan M
}

// New opens a room for so many posters, each of which ends with Quit.
func New[M any](posters int) *Room[M] {
	return &Room[M]{open: true, posters: posters, inbox: make(chan M)}
}

// Inbox is where the member reads. It is closed after the last poster quit.
func (rm *Room[M]) Inbox() <-chan M { return rm.inbox }

// Post hands a message to the member while the room cannot change. It returns false if the member has left.
func (rm *Room[M]) Post(message M) bool {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if !rm.open {
		return false
	}
	rm.inbox <- message // cause
	return true
}

// Leave says that the member reads no more. What is on its way still comes in.
func (rm *Room[M]) Leave() {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	rm.open = false
}

// Quit says that a poster posts no more.
func (rm *Room[M]) Quit() {
	rm.mu.Lock()
	defer rm.mu.Unlock()
	if rm.posters--; rm.posters == 0 {
		close(rm.inbox)
	}
}
