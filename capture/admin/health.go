package admin

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/logcap/logcap/capture"
	"github.com/logcap/logcap/capture/selfwatch"
	"github.com/logcap/logcap/capture/source"
)

// Health is the answer of /health. Times are RFC 3339.
type Health struct {
	Time     time.Time       `json:"time"` // of this look, by the collector's clock
	Started  time.Time       `json:"started,omitzero"`
	Status   string          `json:"status"`   // "ok" or "degraded"
	Problems []HealthProblem `json:"problems"` // why it is degraded
	Sources  []SourceHealth  `json:"sources"`
	Sinks    []SinkHealth    `json:"sinks"`
	Self     SelfHealth      `json:"self"`
}

// HealthProblem is one reason for which it is degraded.
type HealthProblem struct {
	Subject string    `json:"subject"`
	Text    string    `json:"text"`
	Hint    string    `json:"hint,omitempty"`
	Since   time.Time `json:"since,omitzero"`
}

// SourceHealth is how one source is.
type SourceHealth struct {
	Name    string            `json:"name"`
	Status  string            `json:"status"` // "ok", "degraded", or "starting" until it has found what was there
	Origins int               `json:"origins"`
	Records uint64            `json:"records"`
	Bytes   uint64            `json:"bytes"`                  // that were read for them
	Behind  *int64            `json:"behind_bytes,omitempty"` // where the source can tell
	Lost    map[string]uint64 `json:"lost,omitempty"`         // bytes or occasions, by reason
}

// SinkHealth is how one sink is: records = delivered + the sum of dropped + the sum of dead_lettered + queued, at every moment.
type SinkHealth struct {
	Name         string            `json:"name"`
	Status       string            `json:"status"` // "ok", "degraded", or "untried" while nothing was sent: nobody knows
	Records      uint64            `json:"records"`
	Delivered    uint64            `json:"delivered"`
	Queued       uint64            `json:"queued"`
	QueuedBytes  int64             `json:"queued_bytes"`            // memory that they hold, or bytes of the queue on disk
	QueueBytes   int64             `json:"queue_bytes,omitempty"`   // that the queue may have
	Dropped      map[string]uint64 `json:"dropped,omitempty"`       // by reason
	DeadLettered map[string]uint64 `json:"dead_lettered,omitempty"` // by reason
	Retries      uint64            `json:"retries"`                 // writes that failed and were tried again
	BreakerOpen  bool              `json:"breaker_open,omitempty"`  // it has failed so often that it is only probed
	LastSuccess  time.Time         `json:"last_success,omitzero"`
}

// SelfHealth is what the collector's own process holds.
type SelfHealth struct {
	Status      string      `json:"status"` // "ok", "degraded", or "starting" while there is no baseline
	Goroutines  int         `json:"goroutines"`
	Memory      int64       `json:"memory_bytes"`
	Heap        int64       `json:"heap_bytes"`
	Descriptors int         `json:"descriptors"` // -1 where the system does not tell
	Growing     []string    `json:"growing,omitempty"`
	Baseline    *SelfCounts `json:"baseline,omitempty"`
}

// SelfCounts is what it held when it had started.
type SelfCounts struct {
	Time        time.Time `json:"time"`
	Goroutines  int       `json:"goroutines"`
	Heap        int64     `json:"heap_bytes"`
	Descriptors int       `json:"descriptors"`
}

// The words of a status.
const (
	ok       = "ok"
	degraded = "degraded"
	starting = "starting"
	untried  = "untried"
)

// health answers 200 when nothing is wrong and 503 when something is: a
// collector that is degraded still collects, and says what it cannot do.
func (s *Server) health(w http.ResponseWriter, _ *http.Request) {
	h := healthOf(s.opt.Stats(), s.opt.Self())
	h.Time = time.Now().UTC()
	code := http.StatusOK
	if h.Status != ok {
		code = http.StatusServiceUnavailable
	}
	answer(w, code, h)
}

func healthOf(s capture.Stats, self selfwatch.State) Health {
	h := Health{Status: ok, Problems: []HealthProblem{}, Sources: []SourceHealth{}, Sinks: []SinkHealth{}, Self: selfOf(self)}
	if !s.Started.IsZero() {
		h.Started = s.Started.UTC()
	}
	ill := map[string]bool{}
	for _, p := range s.Problems {
		h.Problems = append(h.Problems, HealthProblem{p.Subject, p.Text, p.Hint, p.Since})
		ill[partOf(p.Subject)] = true
	}
	if len(h.Problems) > 0 {
		h.Status = degraded
	}
	for _, src := range s.Sources {
		one := SourceHealth{Name: src.Name, Status: ok, Origins: src.Active, Records: src.Lines, Bytes: src.Bytes, Lost: src.Lost}
		if src.Behind >= 0 {
			one.Behind = &src.Behind
		}
		switch {
		case ill["source "+src.Name], ill["kind "+src.Kind]:
			one.Status = degraded
		case !src.Began:
			one.Status = starting
		}
		h.Sources = append(h.Sources, one)
	}
	for _, snk := range s.Sinks {
		one := SinkHealth{
			Name: snk.Name, Status: ok, Records: snk.Read, Delivered: snk.Delivered, Queued: snk.Queued, QueuedBytes: snk.QueuedBytes, QueueBytes: snk.QueueBytes,
			Dropped: snk.Dropped, DeadLettered: snk.DeadLettered, Retries: snk.Retries, BreakerOpen: snk.BreakerOpen, LastSuccess: snk.LastSuccess.UTC(),
		}
		switch {
		case ill["sink "+snk.Name], snk.Failing:
			one.Status = degraded
		case snk.LastSuccess.IsZero():
			one.Status, one.LastSuccess = untried, time.Time{}
		}
		h.Sinks = append(h.Sinks, one)
	}
	return h
}

// partOf is the source, the kind of sources or the sink whose problem it is, by the
// words with which parts name what has one; "" for others, such as the checkpoint.
func partOf(subject string) string {
	if name, found := strings.CutPrefix(subject, "records refused by "); found {
		return "sink " + name
	}
	kind, rest, _ := strings.Cut(subject, " ")
	name, _, _ := strings.Cut(rest, " ")
	switch kind {
	case "sink", "source":
		return kind + " " + name
	case "queue":
		return "sink " + name
	case "file", "path", "directory":
		return "kind " + source.File
	case "docker", "container":
		return "kind " + source.Docker
	}
	return ""
}

func selfOf(s selfwatch.State) SelfHealth {
	h := SelfHealth{Status: ok, Goroutines: s.Goroutines, Memory: s.Memory, Heap: s.Heap, Descriptors: s.Descriptors, Growing: s.Growing}
	if s.Taken.IsZero() {
		h.Status = starting
		return h
	}
	h.Baseline = &SelfCounts{s.Taken.UTC(), s.Baseline.Goroutines, s.Baseline.Heap, s.Baseline.Descriptors}
	if len(s.Growing) > 0 {
		h.Status = degraded
	}
	return h
}

// Ready is the answer of /ready.
type Ready struct {
	Ready bool   `json:"ready"`
	Why   string `json:"why,omitempty"` // it is not
}

// ready answers 200 when everything that was there at the start is being read, and 503 before that and at the end.
func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	stats := s.opt.Stats()
	is, why := stats.Ready()
	code := http.StatusOK
	if !is {
		code = http.StatusServiceUnavailable
	}
	answer(w, code, Ready{is, why})
}

// positions answers up to where everything is delivered.
func (s *Server) positions(w http.ResponseWriter, _ *http.Request) {
	p := s.opt.Positions()
	answer(w, http.StatusOK, struct {
		Saved   time.Time `json:"saved,omitzero"`
		Sources any       `json:"sources"`
	}{p.Saved, p.Sources})
}

// answer writes v as JSON, for people and programs.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // who asked has gone
}
