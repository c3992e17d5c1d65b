package runner

import "time"

// shutdown is the end of one server.
type shutdown struct {
	expired chan bool
	ended   chan struct{}
}

// countdown tells when the server's time is over.
func (s shutdown) countdown(grace time.Duration) {
	time.Sleep(grace)
	s.expired <- true // cause
}

// enforce kills a server that is too slow.
func (s shutdown) enforce(p Process) {
	select {
	case <-s.ended:
		return // cause
	case <-s.expired:
		p.Kill()
	}
}
