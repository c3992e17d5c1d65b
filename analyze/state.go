package analyze

import "github.com/logcap/logcap/analyze/goroutine"

// Wait states, in the words of a debug=2 header.
const (
	stateChanSend    goroutine.State = "chan send"
	stateChanReceive goroutine.State = "chan receive"
	stateSendNil     goroutine.State = "chan send (nil chan)"
	stateReceiveNil  goroutine.State = "chan receive (nil chan)"
	stateSelect      goroutine.State = "select"
	stateNoCases     goroutine.State = "select (no cases)"
	stateSleep       goroutine.State = "sleep"
	stateRunning     goroutine.State = "running"
	stateIOWait      goroutine.State = "IO wait"
	stateMutex       goroutine.State = "sync.Mutex.Lock"
	stateRWLock      goroutine.State = "sync.RWMutex.Lock"
	stateRLock       goroutine.State = "sync.RWMutex.RLock"
	stateCond        goroutine.State = "sync.Cond.Wait"
	stateWaitGroup   goroutine.State = "sync.WaitGroup.Wait"
	stateSemacquire  goroutine.State = "semacquire"
)

// isLock: waiting for a mutex. A goroutine that waits for one at the same line
// for half a watch is stuck, since a mutex that moves on has other waiters.
func isLock(s goroutine.State) bool {
	return s == stateMutex || s == stateRWLock || s == stateRLock
}

// isForever: the runtime itself says that nothing can wake it.
func isForever(s goroutine.State) bool {
	return s == stateSendNil || s == stateReceiveNil || s == stateNoCases
}

// isChannel: an operation on a channel that somebody else must complete.
func isChannel(s goroutine.State) bool {
	return s == stateChanSend || s == stateChanReceive || s == stateSelect
}
