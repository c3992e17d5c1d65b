package standin

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// logStream is one answer to a request for a log.
type logStream struct {
	c      *Container
	w      *wire
	want   wanted
	follow bool

	// The container's lock guards these.
	at    uint64 // number of the message that is sent next
	limit uint64 // no message from this one on is sent
}

// sendSize bounds what is sent in one write, in bytes.
const sendSize = 32 << 10

// endless is the number of no message.
const endless = ^uint64(0)

// logs answers /containers/ID/logs.
func (e *Engine) logs(rw http.ResponseWriter, r *http.Request, c *Container) {
	q := r.URL.Query()
	s := &logStream{c: c, follow: flag(q, "follow"), limit: endless}
	s.want = wanted{since: moment(q.Get("since")), until: moment(q.Get("until")), stamps: flag(q, "timestamps"), raw: c.spec.TTY, piece: e.opt.Piece}
	s.want.streams[Stdout], s.want.streams[Stderr] = flag(q, "stdout"), flag(q, "stderr")
	if !s.want.streams[Stdout] && !s.want.streams[Stderr] {
		refuse(rw, http.StatusBadRequest, "Bad parameters: you must choose at least one stream")
		return
	}
	e.opened.Add(1)
	conn, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		return // it has gone
	}
	if s.w, err = e.open(conn, "", s.follow); err != nil {
		return
	}
	defer s.w.end()
	s.begin(q.Get("tail"))
	defer s.finish()
	s.run()
}

// begin finds the first message.
func (s *logStream) begin(tail string) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	var forgot bool
	s.at, forgot = c.log.seek(s.want.since)
	if n, err := strconv.ParseUint(tail, 10, 63); err == nil { // otherwise all, as the engine takes it
		s.at = max(s.at, c.log.next-min(c.log.next, n))
	} else if forgot {
		c.e.forgotten.Add(1)
	}
	if !c.running {
		s.limit = c.log.next
	}
	c.streams[s] = struct{}{}
}

func (s *logStream) finish() {
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	delete(s.c.streams, s)
}

// run sends until the log ends or the connection does.
func (s *logStream) run() {
	var buf []byte
	for {
		b, more := s.next(buf[:0])
		if len(b) > 0 || s.w.left.Load() == 0 {
			if s.w.send(b) != nil {
				return
			}
			if cap(b) <= 2*sendSize {
				buf = b // a long line's buffer is not kept
			}
			continue
		}
		if !more {
			_ = s.w.send([]byte(lastChunk)) // the other side has what there was
			return
		}
		if !s.w.wait() {
			return
		}
	}
}

// next appends what is to be sent to b. more says that something may come later.
func (s *logStream) next(b []byte) (_ []byte, more bool) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.w.stalled.Load() || c.removed {
		return b, s.limit == endless && !c.removed
	}
	if first := c.log.first(); s.at < first {
		c.e.forgotten.Add(first - s.at)
		s.at = first
	}
	var over bool
	b, s.at, over = c.log.read(b, s.at, s.limit, &s.want, sendSize)
	return b, s.follow && s.limit == endless && !over
}

func flag(q url.Values, name string) bool {
	v := q.Get(name)
	return v != "" && v != "0" && v != "false" && v != "no" && v != "none"
}

// moment is a time as the engine takes it, seconds.nanoseconds, in Unix ns; 0 for none.
func moment(s string) int64 {
	sec, frac, _ := strings.Cut(s, ".")
	a, err := strconv.ParseInt(sec, 10, 64)
	if err != nil {
		return 0
	}
	frac = (frac + "000000000")[:9]
	b, err := strconv.ParseInt(frac, 10, 64)
	if err != nil {
		return 0
	}
	return a*1e9 + b
}
