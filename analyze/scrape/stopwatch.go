package scrape

import (
	"net/http/httptrace"
	"sync"
	"time"
)

// stopwatch measures one request by the moments net/http reports; they come
// from its goroutines.
type stopwatch struct {
	mu                    sync.Mutex
	dialStart, dialEnd    time.Time
	begun, written, first time.Time
}

func (w *stopwatch) trace() *httptrace.ClientTrace {
	note := func(field *time.Time) {
		w.mu.Lock()
		defer w.mu.Unlock()
		*field = time.Now()
	}
	return &httptrace.ClientTrace{
		ConnectStart:         func(_, _ string) { note(&w.dialStart) },
		ConnectDone:          func(_, _ string, _ error) { note(&w.dialEnd) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { note(&w.written) },
		GotFirstResponseByte: func() { note(&w.first) },
	}
}

// started is for transports that report nothing.
func (w *stopwatch) started() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun = time.Now()
}

// dialled is how long the TCP handshake took, which is one round trip; 0 when
// the connection was there already.
func (w *stopwatch) dialled() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dialStart.IsZero() || w.dialEnd.Before(w.dialStart) {
		return 0
	}
	return w.dialEnd.Sub(w.dialStart)
}

// stop gives when the answer began and how long the target took for it.
func (w *stopwatch) stop(roundTrip time.Duration) (time.Time, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if w.written.IsZero() {
		w.written = w.begun
	}
	if w.first.IsZero() {
		w.first = now
	}
	return w.first, max(now.Sub(w.written)-roundTrip, 0)
}
