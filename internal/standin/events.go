package standin

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"
)

// mostEvents is how many events an engine remembers for those who ask with since (daemon/events, eventsLimit).
const mostEvents = 256

// event is one that happened.
type event struct {
	time int64  // Unix ns
	text []byte // as it is sent, a chunk
}

// history is the events that are remembered, and who listens.
type history struct {
	last      []event
	listeners map[*listener]struct{}
}

// listener is one answer to a request for events.
type listener struct {
	w     *wire
	queue []event // under the engine's lock
}

// happen tells everybody who listens. While the engine is down nobody hears of it.
func (e *Engine) happen(c *Container, action string) {
	attrs := map[string]string{"image": c.spec.Image, "name": c.Name()}
	maps.Copy(attrs, c.spec.Labels)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.server == nil {
		return
	}
	now := e.opt.Now()
	text, err := json.Marshal(map[string]any{
		"status": action, "id": c.id, "from": c.spec.Image, "Type": "container", "Action": action, "scope": "local",
		"Actor": map[string]any{"ID": c.id, "Attributes": attrs}, "time": now.Unix(), "timeNano": now.UnixNano(),
	})
	if err != nil {
		return // maps of strings and numbers always have a JSON form
	}
	ev := event{now.UnixNano(), (&wanted{}).chunks(nil, append(text, '\n'))}
	if n := len(e.events.last); n >= mostEvents {
		e.events.last = slices.Delete(e.events.last, 0, n-mostEvents+1)
	}
	e.events.last = append(e.events.last, ev)
	for l := range e.events.listeners {
		l.queue = append(l.queue, ev)
		l.w.stir()
	}
}

// listen answers /events.
func (e *Engine) listen(rw http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, until := moment(q.Get("since")), moment(q.Get("until"))
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return // it has gone
	}
	l := &listener{}
	if l.w, err = e.open(conn, "application/json", false); err != nil {
		return
	}
	defer l.w.end()
	if until > 0 {
		over := time.AfterFunc(time.Unix(0, until).Sub(e.opt.Now()), l.w.stir)
		defer over.Stop()
	}
	e.mu.Lock()
	for _, ev := range e.events.last {
		if since > 0 && ev.time >= since {
			l.queue = append(l.queue, ev)
		}
	}
	if e.events.listeners == nil {
		e.events.listeners = map[*listener]struct{}{}
	}
	e.events.listeners[l] = struct{}{}
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		delete(e.events.listeners, l)
	}()
	for {
		e.mu.Lock()
		queue := l.queue
		l.queue = nil
		e.mu.Unlock()
		var b []byte
		for _, ev := range queue {
			if until == 0 || ev.time <= until {
				b = append(b, ev.text...)
			}
		}
		switch {
		case len(b) > 0 || l.w.left.Load() == 0:
			if l.w.send(b) != nil {
				return
			}
		case until > 0 && e.opt.Now().UnixNano() >= until:
			_ = l.w.send([]byte(lastChunk)) // the other side has what there was
			return
		case !l.w.wait():
			return
		}
	}
}
