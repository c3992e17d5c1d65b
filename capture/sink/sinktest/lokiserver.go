package sinktest

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// LokiServer takes pushes as Loki does: all entries of a push but those that are
// refused, for which the answer is then 400 with the reason of the last one; and an entry that it has, by
// labels, time and line, it takes no second time. Its zero value refuses nothing.
type LokiServer struct {
	MaxAge  time.Duration // of an entry by Now; 0: any
	Window  time.Duration // behind the latest of the stream; 0: any
	MaxLine int           // in bytes; 0: any
	Tenant  string        // that each request has to have; "": any or none
	Now     func() time.Time

	// Before answers in place of what is above when it returns false; nil: never.
	Before func(w http.ResponseWriter, r *http.Request, n int) bool

	mu       sync.Mutex
	requests []http.Header
	entries  []Entry
	have     map[string]bool
	latest   map[string]int64
	twice    int
}

// ServeHTTP answers one request.
func (s *LokiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	n := len(s.requests)
	s.requests = append(s.requests, r.Header)
	s.mu.Unlock()
	if s.Before != nil && !s.Before(w, r, n) {
		return
	}
	if s.Tenant != "" && r.Header.Get("X-Scope-OrgID") != s.Tenant {
		http.Error(w, "no org id", http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/loki/api/v1/push") {
		http.NotFound(w, r)
		return
	}
	got, err := DecodePush(body)
	if err != nil || r.Header.Get("Content-Type") != "application/x-protobuf" || r.Header.Get("Content-Encoding") != "" {
		http.Error(w, fmt.Sprintf("a push of %q: %v", r.Header.Get("Content-Type"), err), http.StatusBadRequest)
		return
	}
	if why := s.take(got); why != "" {
		http.Error(w, why, http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// take keeps what is not refused, and says why what is refused is.
func (s *LokiServer) take(got []Entry) (why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.have == nil {
		s.have, s.latest = map[string]bool{}, map[string]int64{}
	}
	for _, e := range got {
		stream := fmt.Sprint(e.Labels)
		at := time.Unix(0, e.Time).UTC()
		var bound time.Time
		switch {
		case s.MaxLine > 0 && len(e.Line) > s.MaxLine:
			why = fmt.Sprintf("Max entry size '%d' bytes exceeded for stream '%s' while adding an entry with length '%d' bytes", s.MaxLine, stream, len(e.Line))
			continue
		case s.MaxAge > 0 && at.Before(s.Now().Add(-s.MaxAge)):
			bound = s.Now().Add(-s.MaxAge).UTC()
			why = fmt.Sprintf("entry for stream '%s' has timestamp too old: %s, oldest acceptable timestamp is: %s", stream, at.Format(time.RFC3339), bound.Format(time.RFC3339))
			continue
		case s.Window > 0 && s.latest[stream] != 0 && e.Time < s.latest[stream]-int64(s.Window):
			bound = time.Unix(0, s.latest[stream]-int64(s.Window)).UTC()
			why = fmt.Sprintf("entry with timestamp %s ignored, reason: 'entry too far behind, entry timestamp is: %s, oldest acceptable timestamp is: %s',\nuser 'fake', total ignored: 1 out of %d for stream: %s",
				at, at.Format(time.RFC3339), bound.Format(time.RFC3339), len(got), stream)
			continue
		}
		key := fmt.Sprint(stream, e.Time, e.Line)
		if s.have[key] {
			s.twice++
			continue
		}
		s.have[key] = true
		s.latest[stream] = max(s.latest[stream], e.Time)
		s.entries = append(s.entries, e)
	}
	return why
}

// Entries are what was taken, in the order in which it came.
func (s *LokiServer) Entries() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.entries)
}

// Requests are the headers of all requests.
func (s *LokiServer) Requests() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Twice is how many entries came that it had.
func (s *LokiServer) Twice() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.twice
}
