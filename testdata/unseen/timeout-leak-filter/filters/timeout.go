// Package filters wraps the handlers of an API.
package filters

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Budget returns when a request's time is over, and what to do then. A nil channel is no limit.
type Budget func(*http.Request) (over <-chan time.Time, count func())

// WithTimeout answers requests whose budget is used up, and lets the handler go on.
func WithTimeout(next http.Handler, budget Budget) http.Handler {
	return &timeoutHandler{next: next, budget: budget}
}

type timeoutHandler struct {
	next   http.Handler
	budget Budget
}

func (t *timeoutHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	over, count := t.budget(r)
	if over == nil {
		t.next.ServeHTTP(w, r)
		return
	}
	outcome := make(chan any)
	guarded := &guardedWriter{w: w, header: http.Header{}}
	go func() { // leak:func
		defer func() {
			reason := recover()
			if reason != nil {
				reason = fmt.Sprintf("%s %s: %v", r.Method, r.URL.Path, reason)
			}
			outcome <- reason
		}()
		t.next.ServeHTTP(guarded, r)
	}()
	select {
	case reason := <-outcome:
		if reason != nil {
			http.Error(w, fmt.Sprint(reason), http.StatusInternalServerError)
		}
	case <-over: // cause
		count()
		guarded.expire()
	}
}

// guardedWriter lets only one of handler and filter answer.
type guardedWriter struct {
	mu      sync.Mutex
	w       http.ResponseWriter
	header  http.Header
	wrote   bool
	expired bool
}

func (g *guardedWriter) Header() http.Header { return g.header }

func (g *guardedWriter) WriteHeader(code int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.expired || g.wrote {
		return
	}
	g.wrote = true
	g.w.WriteHeader(code)
}

func (g *guardedWriter) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.expired {
		return 0, http.ErrHandlerTimeout
	}
	g.wrote = true
	return g.w.Write(p)
}

func (g *guardedWriter) expire() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.expired = true
	if !g.wrote {
		g.w.WriteHeader(http.StatusGatewayTimeout)
	}
}
