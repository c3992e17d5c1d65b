package admin

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/logcap/logcap/capture/tap"
)

// TapType is the content type of GET /tap: JSON lines.
const TapType = "application/x-ndjson"

// lastLines is how long a tap has at the end to take what it has not been sent.
const lastLines = 500 * time.Millisecond

// tapKeys are the parameters of /tap. Others are refused: who misspells a filter would be shown everything.
var tapKeys = []string{"source", "name", "grep"}

// tap answers records as they pass, until who asked has gone or the collector ends. 400:
// the filter is wrong. 503: there are too many taps.
func (s *Server) tap(w http.ResponseWriter, r *http.Request) {
	if s.opt.Tap == nil {
		answer(w, http.StatusNotFound, failure{"this collector shows no records", ""})
		return
	}
	filter, err := s.filter(r)
	if err != nil {
		answer(w, http.StatusBadRequest, failure{err.Error(), hintOf(err)})
		return
	}
	t, err := s.opt.Tap.Open(filter)
	switch {
	case errors.Is(err, tap.ErrFull):
		answer(w, http.StatusServiceUnavailable, failure{"there are " + strconv.Itoa(tap.Most) + " taps already, as many as may be at once", "end one of them, or try again later"})
		return
	case err != nil:
		answer(w, http.StatusBadRequest, failure{err.Error(), hintOf(err)})
		return
	}
	defer t.Close()
	w.Header().Set("Content-Type", TapType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodHead {
		return
	}
	s.pour(w, r, t)
}

// pour writes what a tap gives, until there is nobody to write it to, or nothing more to come.
func (s *Server) pour(w http.ResponseWriter, r *http.Request, t *tap.Tap) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	out := http.NewResponseController(w)
	told := make(chan struct{})
	waiting := context.AfterFunc(s.ending, func() {
		defer close(told)
		_ = out.SetWriteDeadline(time.Now().Add(lastLines)) // who does not read may not hold up the end
		cancel()
	})
	defer func() {
		if !waiting() {
			<-told
		}
	}()
	for out.Flush() == nil {
		lines, err := t.Read(ctx)
		if err != nil {
			return
		}
		if _, err := w.Write(lines); err != nil {
			return
		}
	}
}

// filter is what a request asks for.
func (s *Server) filter(r *http.Request) (tap.Filter, error) {
	q := r.URL.Query()
	for key, values := range q {
		if !slices.Contains(tapKeys, key) {
			return tap.Filter{}, &hinted{"there is no parameter " + strconv.Quote(key), "parameters are " + strings.Join(tapKeys, ", ")}
		}
		if len(values) > 1 {
			return tap.Filter{}, &hinted{key + " is given more than once", ""}
		}
	}
	f := tap.Filter{Source: q.Get("source"), Name: q.Get("name"), Grep: q.Get("grep")}
	if f.Source == "" {
		return f, nil
	}
	var names []string
	for _, src := range s.opt.Stats().Sources {
		names = append(names, src.Name)
	}
	if !slices.Contains(names, f.Source) {
		return f, &hinted{"source: there is none that is called " + strconv.Quote(f.Source), "sources are " + strings.Join(names, ", ")}
	}
	return f, nil
}
