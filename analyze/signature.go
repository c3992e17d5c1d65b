package analyze

import (
	"strings"

	"github.com/logcap/logcap/analyze/goroutine"
)

// signature is what a site's function and state say by themselves, without
// counts. They are matched on functions and states, never on a line.
type signature struct {
	mechanism Mechanism
	// bad: unmistakable once it grows. benign: how healthy programs look too,
	// so that growth alone must not rise above suspect.
	bad, benign bool
	why         string
}

const (
	readLoop  = "net/http.(*persistConn).readLoop"
	writeLoop = "net/http.(*persistConn).writeLoop"
	connServe = "net/http.(*conn).serve"
	readAhead = "net/http.(*connReader).backgroundRead" // one for each request that is being served
)

// isClientLoop: the goroutines that net/http keeps for a client's connection,
// two with HTTP/1 and one with HTTP/2.
func isClientLoop(entry string) bool {
	switch entry {
	case readLoop, writeLoop, "net/http.(*http2ClientConn).readLoop", "golang.org/x/net/http2.(*ClientConn).readLoop", "net/http/internal/http2.(*ClientConn).readLoop":
		return true
	}
	return false
}

// signatureOf looks at one site's entry, state and stack.
func signatureOf(entry string, state goroutine.State, frames []goroutine.Frame) signature {
	switch {
	case isForever(state):
		m := NilChannel
		if state == stateNoCases {
			m = EmptySelect
		}
		return signature{mechanism: m, bad: true, why: "the runtime's wait reason, " + string(state) + ", cannot end"}
	case entry == readLoop && state == stateSelect:
		return signature{mechanism: HTTPBodyNotClosed, bad: true,
			why: "the connection's reader waits in select: a response was handed out and its body neither read to the end nor closed"}
	case isClientLoop(entry):
		return signature{mechanism: ClientPerCall, benign: true,
			why: "idle client connections look like this as long as their Transport is shared and its pool is not full"}
	case entry == connServe && state == stateIOWait && !hasUserFrame(frames):
		return signature{benign: true, why: "a server keeps idle connections of its clients open"}
	case entry == readAhead:
		return signature{benign: true, why: "a server reads ahead on each connection whose request it is serving"}
	case strings.HasPrefix(entry, "context.") && strings.Contains(entry, "propagateCancel"):
		return signature{mechanism: ContextWatcher, bad: false,
			why: "context starts this goroutine for a parent of a foreign type and ends it only when parent or child is cancelled"}
	}
	return signature{}
}
